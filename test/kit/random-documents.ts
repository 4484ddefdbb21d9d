import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isInputObjectType,
  isLeafType,
  isObjectType,
} from 'graphql';

/** A generator of numbers in [0, 1) that gives the same row for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Texts that have broken parsers, databases and search engines. */
export const nastyTexts: readonly string[] = [
  '',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfffy',
  '\ufffe\uffff',
  "'; DROP TABLE dataset; --",
  "' OR '1'='1",
  '" OR ""="',
  "\\'; SELECT pg_sleep(30); --",
  '$1 $$ ${x} %s %n',
  '%_\\%\\_',
  '+ - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
  'title:(a OR b) AND NOT c~2^3 [* TO *]',
  '/.*/',
  '*'.repeat(500),
  '('.repeat(500),
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '\u202etxt.exe\u200b',
  'İıſK',
  '🧠'.repeat(300),
  'é'.repeat(5_000),
  'Infinity',
  '-0',
  '1e400',
  'null',
  '__proto__',
  'constructor',
];

/** Documents, right and wrong, of the fields of a schema; most are small, some absurd. */
export function randomDocument(sdl: SchemaWalk, random: () => number): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const value = (): string =>
    pick([
      () => JSON.stringify(pick(nastyTexts)),
      () =>
        pick([
          '0',
          '-1',
          '99999999999',
          '1.5',
          '1e400',
          'true',
          'null',
          'ENUM',
          '$v',
          '[]',
          '{}',
          '[1, "a"]',
          '{ a: 1 }',
        ]),
      () => `{ or: [${Array.from({ length: Math.floor(random() * 6) }, () => '{}').join(', ')}] }`,
    ])();
  const argumentsOf = (field: GraphQLField<unknown, unknown>): string => {
    const chosen = field.args.filter(() => random() < 0.4);
    const rendered = chosen.map((argument) => {
      const type = getNamedType(argument.type);
      if (random() < 0.6 && isInputObjectType(type))
        return `${argument.name}: { ${pick(Object.keys(type.getFields()))}: ${value()} }`;
      if (random() < 0.6 && argument.name === 'first') return `first: ${Math.floor(random() * 12)}`;
      return `${argument.name}: ${value()}`;
    });
    return rendered.length === 0 ? '' : `(${rendered.join(', ')})`;
  };
  const selection = (type: GraphQLObjectType, depth: number): string => {
    const fields = Object.values(type.getFields());
    const chosen = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(fields));
    const rendered = chosen.map((field) => {
      const returned = getNamedType(field.type);
      const alias = random() < 0.3 ? `a${Math.floor(random() * 1e6)}: ` : '';
      const directive = random() < 0.1 ? pick([' @skip(if: true)', ' @include(if: $v)', ' @nope', ' @deprecated']) : '';
      const below = isLeafType(returned)
        ? random() < 0.05
          ? ' { x }'
          : ''
        : isObjectType(returned) && depth > 0
          ? ` ${selection(returned, depth - 1)}`
          : ' { __typename }';
      return `${alias}${field.name}${argumentsOf(field)}${directive}${below}`;
    });
    return `{ ${rendered.join(' ')} }`;
  };
  const document = `${pick(['', '', 'query ', 'query Q ', 'query Q($v: Boolean = true) ', 'mutation ', 'subscription '])}${selection(sdl.query, Math.floor(random() * 6))}`;
  return random() < 0.3 ? damaged(document, random) : document;
}

/** What random documents are made of. */
export interface SchemaWalk {
  readonly query: GraphQLObjectType;
}

export function schemaWalk(sdl: string): SchemaWalk {
  const query = buildSchema(sdl).getQueryType();
  if (query == null) throw new Error('the schema has no query type');
  return { query };
}

function damaged(document: string, random: () => number): string {
  const at = Math.floor(random() * document.length);
  const kinds = [
    () => document.slice(0, at),
    () => document.slice(0, at) + document.slice(at + 1 + Math.floor(random() * 5)),
    () => document.slice(0, at) + String.fromCharCode(Math.floor(random() * 0xffff)) + document.slice(at),
    () => document.slice(0, at) + '{'.repeat(1 + Math.floor(random() * 400)) + document.slice(at),
    () => document.replaceAll('}', ''),
    () => `fragment F on Dataset { ...F } ${document}`,
    () => document + document,
  ];
  const kind = kinds[Math.floor(random() * kinds.length)];
  return kind === undefined ? document : kind();
}
