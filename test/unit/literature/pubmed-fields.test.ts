import { describe, expect, it } from 'vitest';
import { articleOf, itemsOf, pubmedArticle, pubmedSet } from '../../kit/pubmed-xml.ts';

describe('a PubMed citation', () => {
  it('keeps a structured abstract as paragraphs after their labels, without markup and with entities as characters', async () => {
    const { abstract, title } = await articleOf(
      pubmedArticle(1, {
        title: 'Effect of CO<sub>2</sub> &amp; H<sub>2</sub>O at <i>p</i>&#xA0;&lt; 0.05',
        article: `<Abstract><AbstractText Label="AIM" NlmCategory="OBJECTIVE">To  see
          <b>more</b>.</AbstractText><AbstractText Label="UNLABELLED"><![CDATA[a < b & c]]></AbstractText><AbstractText>
          <mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>2</mml:mn></mml:math></AbstractText></Abstract>`,
      }),
    );
    expect(title).toBe('Effect of CO2 & H2O at p < 0.05');
    expect(abstract).toBe('AIM: To see more.\na < b & c\nx=2');
  });

  it('has its ids in one form, whatever the record says around them', async () => {
    const article = await articleOf(
      pubmedArticle(2, {
        version: 3,
        article: '<ELocationID EIdType="doi" ValidYN="Y">10.1000/ABC.Def</ELocationID>',
        citation: '<OtherID Source="NLM">PMC4688250 [Available on 12/22/16]</OtherID>',
      }),
    );
    expect(article).toMatchObject({ pmid: '2', version: 3, doi: '10.1000/abc.def', pmcid: 'PMC4688250' });
  });

  it('does not take the ids of its references for its own', async () => {
    const article = await articleOf(
      pubmedArticle(3, {
        data: `<ArticleIdList><ArticleId IdType="pubmed">3</ArticleId></ArticleIdList><ReferenceList><Title>References</Title>
          <Reference><Citation>Doe. J Ex. 2001.</Citation><ArticleIdList><ArticleId IdType="pubmed">77</ArticleId>
          <ArticleId IdType="doi">10.1000/ref</ArticleId></ArticleIdList></Reference>
          <ReferenceList><Reference><Citation>Roe. 2002.</Citation></Reference></ReferenceList></ReferenceList>`,
      }),
    );
    expect(article.doi).toBeUndefined();
    expect(article.references).toEqual([
      { text: 'Doe. J Ex. 2001.', pmid: '77', doi: '10.1000/ref' },
      { text: 'Roe. 2002.', pmid: undefined, doi: undefined },
    ]);
  });

  it.each([
    ['<Year>2020</Year><Month>02</Month><Day>29</Day>', '2020-02-29'],
    ['<Year>2019</Year><Month>02</Month><Day>31</Day>', '2019-02'],
    ['<Year>1976</Year><Season>Fall</Season>', '1976'],
    ['<MedlineDate>1998 Dec-1999 Jan</MedlineDate>', '1998-12'],
    ['<MedlineDate>Spring 1987</MedlineDate>', '1987'],
    ['<MedlineDate>2000 Nov 15-30</MedlineDate>', '2000-11-15'],
  ])('reads the date %s as %s', async (date, published) => {
    const record = pubmedArticle(4).replace(/<PubDate>.*<\/PubDate>/, `<PubDate>${date}</PubDate>`);
    expect(await articleOf(record)).toMatchObject({ published, year: Number(published.slice(0, 4)) });
  });

  it('names persons and groups, with ORCID iDs in one form, and leaves wrong spellings out', async () => {
    const { authors } = await articleOf(
      pubmedArticle(5, {
        article: `<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Doe</LastName><ForeName>Jane A</ForeName><Initials>JA</Initials>
          <Suffix>Jr</Suffix><Identifier Source="ORCID">http://orcid.org/000000021825009X</Identifier>
          <AffiliationInfo><Affiliation>Here.</Affiliation></AffiliationInfo><AffiliationInfo><Affiliation>There.</Affiliation></AffiliationInfo></Author>
          <Author ValidYN="N"><LastName>Dow</LastName></Author><Author ValidYN="Y"><CollectiveName>ABC Study Group</CollectiveName></Author></AuthorList>`,
      }),
    );
    expect(authors).toEqual([
      { family: 'Doe Jr', given: 'Jane A', orcid: '0000-0002-1825-009X', affiliations: ['Here.', 'There.'] },
      { family: 'ABC Study Group', given: undefined, orcid: undefined, affiliations: [] },
    ]);
  });

  it('keeps headings with qualifiers, data banks, grants, keywords and retractions', async () => {
    const article = await articleOf(
      pubmedArticle(6, {
        article: `<DataBankList CompleteYN="Y"><DataBank><DataBankName>GEO</DataBankName><AccessionNumberList><AccessionNumber>GSE1</AccessionNumber>
          <AccessionNumber>GSE2</AccessionNumber></AccessionNumberList></DataBank></DataBankList>
          <GrantList><Grant><GrantID>R01</GrantID><Agency>NIH</Agency><Country>United States</Country></Grant></GrantList>`,
        citation: `<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>J Ex. 2021</RefSource><PMID Version="1">99</PMID></CommentsCorrections>
          <CommentsCorrections RefType="Cites"><RefSource>Old. 1999</RefSource><PMID>98</PMID></CommentsCorrections></CommentsCorrectionsList>
          <MeshHeadingList><MeshHeading><DescriptorName UI="D001" MajorTopicYN="N">Brain</DescriptorName><QualifierName UI="Q1" MajorTopicYN="Y">pathology</QualifierName></MeshHeading></MeshHeadingList>
          <KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">MRI</Keyword></KeywordList><KeywordList Owner="NASA"><Keyword>PET</Keyword></KeywordList>`,
      }),
    );
    expect(article).toMatchObject({
      dataBanks: [{ name: 'GEO', accessions: ['GSE1', 'GSE2'] }],
      grants: [{ id: 'R01', agency: 'NIH', country: 'United States' }],
      notices: [{ kind: 'RetractionIn', pmid: '99', citation: 'J Ex. 2021' }],
      references: [{ text: 'Old. 1999', pmid: '98' }],
      mesh: [{ ui: 'D001', label: 'Brain', major: false, qualifiers: [{ ui: 'Q1', label: 'pathology', major: true }] }],
      keywords: ['MRI', 'PET'],
    });
  });

  it('keeps titles and abstracts in other languages beside the English ones', async () => {
    const article = await articleOf(
      pubmedArticle(7, {
        title: '[Not Available].',
        article: '<VernacularTitle>Über Beispiele.</VernacularTitle><Language>ger</Language>',
        citation: '<OtherAbstract Type="Publisher" Language="ger"><AbstractText>Kurz.</AbstractText></OtherAbstract>',
      }),
    );
    expect(article).toMatchObject({
      title: 'Über Beispiele.',
      vernacularTitle: 'Über Beispiele.',
      otherAbstracts: [{ language: 'ger', text: 'Kurz.' }],
      languages: ['ger'],
    });
  });

  it('of a book is read, too', async () => {
    const book = `<PubmedBookArticle><BookDocument><PMID Version="1">20301295</PMID><ArticleIdList><ArticleId IdType="bookaccession">NBK1</ArticleId></ArticleIdList>
      <Book><PubDate><Year>1993</Year></PubDate><BookTitle>Gene Tests</BookTitle><AuthorList Type="editors"><Author><LastName>Ed</LastName></Author></AuthorList></Book>
      <ArticleTitle>A chapter</ArticleTitle><Language>eng</Language><AuthorList Type="authors"><Author><LastName>Au</LastName></Author></AuthorList>
      <PublicationType UI="D016454">Review</PublicationType><Abstract><AbstractText>Words.</AbstractText></Abstract></BookDocument></PubmedBookArticle>`;
    expect(await articleOf(book)).toMatchObject({
      pmid: '20301295',
      title: 'A chapter',
      journal: { title: 'Gene Tests' },
      authors: [{ family: 'Au' }],
      published: '1993',
      abstract: 'Words.',
    });
  });

  it('is withdrawn by DeleteCitation, one item for each PMID', async () => {
    const set = pubmedSet(
      pubmedArticle(1),
      '<DeleteCitation><PMID Version="1">8</PMID><PMID>9</PMID></DeleteCitation>',
    );
    expect((await itemsOf(set)).slice(1)).toEqual([
      { kind: 'deletion', pmid: '8' },
      { kind: 'deletion', pmid: '9' },
    ]);
  });
});
