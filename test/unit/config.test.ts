import { describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { StartupError } from '../../src/kernel/errors.ts';

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof StartupError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the environment', () => {
  it('may be empty', () => {
    const config: Config = readConfig({});
    expect(config).toMatchObject({
      http: { host: '127.0.0.1', port: 4000 },
      publicUrl: null,
      databaseUrl: null,
      adminToken: null,
      loadShipped: true,
    });
    expect(config.home).toMatch(/\/\.mia$/);
  });

  it('counts an empty variable as not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ', PUBLIC_URL: '', MIA_EMPTY: '' })).toEqual(readConfig({}));
  });

  it('takes the fusion of an index as method, weights and k, and refuses anything else', () => {
    expect(readConfig({}).datasetFusion).toBeNull();
    expect(readConfig({ MIA_FUSION_DATASETS: 'rrf:1:0.5:60' }).datasetFusion).toEqual({
      method: 'rrf',
      lexicalWeight: 1,
      semanticWeight: 0.5,
      k: 60,
    });
    expect(readConfig({ MIA_FUSION_DATASETS: 'scores:0.65:0.35' }).datasetFusion?.k).toBeUndefined();
    for (const wrong of ['scores', 'best:1:1', 'rrf:1', 'scores:-1:1', 'rrf:1:1:20:3'])
      expect(refusal({ MIA_FUSION_DATASETS: wrong })).toContain('MIA_FUSION_DATASETS must be METHOD:WORDS:MEANING[:K]');
  });

  it('takes a free port for PORT=0', () => {
    expect(readConfig({ PORT: '0' }).http.port).toBe(0);
  });

  it('gives PUBLIC_URL without its last slash', () => {
    expect(readConfig({ PUBLIC_URL: 'https://catalog.example/mia/' }).publicUrl).toBe('https://catalog.example/mia');
  });

  it('leaves the catalog empty for MIA_EMPTY=1', () => {
    expect(readConfig({ MIA_EMPTY: '1' }).loadShipped).toBe(false);
  });

  it.each([
    ['PORT', 'abc', 'a number'],
    ['PORT', '4000.5', 'a whole number'],
    ['PORT', '-1', 'from 0 to 65535'],
    ['PORT', '65536', 'from 0 to 65535'],
    ['PUBLIC_URL', 'catalog.example', 'an http or https address'],
    ['PUBLIC_URL', 'ftp://catalog.example', 'an http or https address'],
    ['DATABASE_URL', 'mysql://host/mia', 'postgresql://'],
    ['MIA_EMPTY', 'yes', '0 or 1'],
    ['OIDC_ISSUER', 'http://idp.example.org', 'https'],
    ['OIDC_ISSUER', 'http://127.0.0.1.example.org', 'https'],
    ['OIDC_ISSUER', 'idp.example.org', 'https'],
  ])('is refused with %s=%s in one sentence that names it and says what it must be', (name, value, must) => {
    const sentence = refusal({ [name]: value });
    expect(sentence).toMatch(/^[^\n]+\.$/);
    expect(sentence).toContain(name);
    expect(sentence).toContain(must);
  });

  it('is refused with all its faults at once', () => {
    const sentence = refusal({ PORT: 'abc', MIA_EMPTY: 'yes' });
    expect(sentence).toContain('PORT must be a number');
    expect(sentence).toContain('MIA_EMPTY must be 0 or 1');
  });

  it('does not repeat the password of a wrong DATABASE_URL', () => {
    expect(refusal({ DATABASE_URL: 'mysql://mia:secret@host/mia' })).not.toContain('secret');
  });
});
