import tseslint from 'typescript-eslint';

/** Only what needs types: Biome formats, dependency-cruiser holds the walls. */
export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.mia/', 'src/graphql/generated.ts', '**/*.cjs', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' },
      ],
    },
  },
  { files: ['src/config.ts', 'test/**/*.ts', 'bench/**/*.ts', '*.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['**/resolvers.ts', 'src/server/**/*.ts'], rules: { '@typescript-eslint/require-await': 'off' } },
);
