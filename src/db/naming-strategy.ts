import { DefaultNamingStrategy } from 'typeorm';

/** camelCase properties, snake_case columns and tables: plain SQL needs no quoting. */
export class SnakeCaseNamingStrategy extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined, prefixes: string[]): string {
    return snakeCase([...prefixes, customName ?? propertyName].join('_'));
  }

  override tableName(targetName: string, customName: string | undefined): string {
    return customName ?? snakeCase(targetName);
  }
}

function snakeCase(text: string): string {
  return text.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
