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
      // A row read from SQL gets its type where its statement stands: that is a type parameter used once.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' },
      ],
    },
  },
  { files: ['src/config.ts', 'test/**/*.ts', 'bench/**/*.ts', '*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    // A test reads an answer by the shape it asked for; wrong shapes fail its expectations.
    files: ['test/**/*.ts', 'bench/graphql-cases.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      // 8.73 overflows its stack on graphql's recursive types.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  { files: ['migrations/*.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['**/adapters/tables.ts', '**/adapters/*-tables.ts', '**/adapters/tables/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  { files: ['**/resolvers.ts', 'src/server/**/*.ts'], rules: { '@typescript-eslint/require-await': 'off' } },
);
