import { it } from 'vitest';
import { startTestCatalog } from '../kit/test-catalog.ts';
import { introducing, mineAll, takeArticles, using } from '../kit/paper-texts.ts';
it('probe', async () => {
  const c = await startTestCatalog('shipped');
  await takeArticles(c, [introducing, using]);
  console.log(await mineAll(c), await mineAll(c));
  const s = await c.token('STEWARD');
  const a = await c.ask('{ candidates { nodes { id title acronym score articleCount aliases fields { name value confidence method evidence { text section start end matchStart matchEnd article { pmid } } } similar { slug } mentions { text role rule kind confidence name } } } article(pmid:"90000001"){ mentions { text kind role rule start end name } } }', {}, s);
  console.log(JSON.stringify(a, null, 1));
  await c.close();
});
