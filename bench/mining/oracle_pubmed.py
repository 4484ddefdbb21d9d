"""An oracle for our reader of PubMed XML: the same fields by lxml and XPath, one line of JSON a citation, written without a look at ours."""
import gzip
import json
import re
import sys

from lxml import etree

MONTHS = {name: index + 1 for index, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())}


def text(node):
    if node is None:
        return None
    joined = " ".join("".join(node.itertext()).split())
    return joined or None


def first(node, path):
    found = node.xpath(path)
    return text(found[0]) if found else None


def texts(node, path):
    return [value for value in map(text, node.xpath(path)) if value]


def date(node):
    if node is None:
        return None
    year, month, day = (first(node, name) for name in ("Year", "Month", "Day"))
    if year is None:
        loose = re.search(r"((?:1[4-9]|20)\d\d)(?: (%s)\w*(?: (\d{1,2})\b)?)?" % "|".join(MONTHS), first(node, "MedlineDate") or "")
        if loose is None:
            return None
        year, month, day = loose.groups()
    if month is None:
        return year
    number = int(month) if month.isdigit() else MONTHS[month[:3]]
    return f"{year}-{number:02d}" + (f"-{int(day):02d}" if day else "")


def abstract(node):
    if node is None:
        return None
    parts = []
    for part in node.xpath("AbstractText"):
        label = (part.get("Label") or "").strip()
        if text(part):
            parts.append(text(part) if label in ("", "UNLABELLED") else f"{label}: {text(part)}")
    return "\n".join(parts) or None


def author(node):
    last, suffix = first(node, "LastName"), first(node, "Suffix")
    name = last or first(node, "CollectiveName")
    orcid = re.search(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])$", first(node, "Identifier[@Source='ORCID']") or "")
    return {
        "family": f"{name} {suffix}" if suffix else name,
        "given": (first(node, "ForeName") or first(node, "Initials")) if last else None,
        "orcid": "-".join(orcid.groups()) if orcid else None,
        "affiliations": texts(node, "AffiliationInfo/Affiliation"),
    }


def term(node):
    return {"ui": node.get("UI"), "label": text(node), "major": node.get("MajorTopicYN") == "Y"}


def citation(node):
    article = node.find("Article")
    data = node.getparent().find("PubmedData") if node.getparent().tag == "PubmedArticle" else None
    ids = {} if data is None else {i.get("IdType"): text(i) for i in data.xpath("ArticleIdList/ArticleId")}
    doi = ids.get("doi") or first(article, "ELocationID[@EIdType='doi' and not(@ValidYN='N')]")
    other = [re.match(r"PMC\d+", value) for value in texts(node, "OtherID")]
    own = re.match(r"PMC\d+", ids.get("pmc") or "")  # may have a version behind it: PMC123.1
    pmcid = next((match.group() for match in [own, *other] if match), None)
    published = date(article.find("Journal/JournalIssue/PubDate")) or date(article.find("ArticleDate"))
    title, vernacular = first(article, "ArticleTitle"), first(article, "VernacularTitle")
    corrections = node.xpath("CommentsCorrectionsList/CommentsCorrections")
    others = [{"language": o.get("Language"), "text": abstract(o)} for o in node.xpath("OtherAbstract") if abstract(o)]
    abbreviation = first(article, "Journal/ISOAbbreviation") or first(node, "MedlineJournalInfo/MedlineTA")
    return {
        "pmid": first(node, "PMID"),
        "pmcid": pmcid,
        "doi": doi.lower() if doi else None,
        "version": int(node.find("PMID").get("Version") or 1),
        "title": title if title and title != "[Not Available]." else vernacular or title or "[Not Available].",
        "abstract": abstract(article.find("Abstract")),
        "sections": [],
        "journal": {
            "title": first(article, "Journal/Title") or abbreviation,
            "abbreviation": abbreviation,
            "issn": first(article, "Journal/ISSN") or first(node, "MedlineJournalInfo/ISSNLinking"),
        },
        "year": int(published[:4]) if published else None,
        "published": published,
        "authors": [author(a) for a in article.xpath("AuthorList/Author[not(@ValidYN='N')]")],
        "publicationTypes": texts(article, "PublicationTypeList/PublicationType"),
        "languages": texts(article, "Language"),
        "mesh": [
            {**term(h.find("DescriptorName")), "qualifiers": [term(q) for q in h.findall("QualifierName")]}
            for h in node.xpath("MeshHeadingList/MeshHeading")
        ],
        "keywords": texts(node, "KeywordList/Keyword"),
        "dataBanks": [
            {"name": first(b, "DataBankName"), "accessions": texts(b, "AccessionNumberList/AccessionNumber")}
            for b in article.xpath("DataBankList/DataBank")
        ],
        "grants": [
            {"id": first(g, "GrantID"), "agency": first(g, "Agency"), "country": first(g, "Country")}
            for g in article.xpath("GrantList/Grant")
        ],
        "notices": [
            {"kind": c.get("RefType"), "pmid": first(c, "PMID"), "citation": first(c, "RefSource")}
            for c in corrections
            if c.get("RefType") != "Cites"
        ],
        "references": [
            {"text": first(c, "RefSource"), "pmid": first(c, "PMID"), "doi": None}
            for c in corrections
            if c.get("RefType") == "Cites"
        ]
        + [
            {
                "text": first(r, "Citation") or "",
                "pmid": first(r, "ArticleIdList/ArticleId[@IdType='pubmed']"),
                "doi": first(r, "ArticleIdList/ArticleId[@IdType='doi']"),
            }
            for r in ([] if data is None else data.xpath("ReferenceList//Reference"))
        ],
        "license": None,
        **({"vernacularTitle": vernacular} if vernacular else {}),
        **({"otherAbstracts": others} if others else {}),
    }


with gzip.open(sys.argv[1]) as file:
    for found in etree.parse(file).iter("MedlineCitation"):
        print(json.dumps(citation(found)))
