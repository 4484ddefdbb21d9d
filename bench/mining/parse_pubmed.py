"""What PyPI pubmed_parser makes of a file: `time FILE` counts and times, `fields FILE` prints every citation as a line of JSON."""
import json
import resource
import sys
import time

import pubmed_parser

task, path = sys.argv[1:3]
began = time.perf_counter()
citations = 0
for citation in pubmed_parser.parse_medline_xml(
    path, year_info_only=False, nlm_category=False, author_list=True, reference_list=True
):
    citations += 1
    if task == "fields":
        print(json.dumps(citation))
if task == "time":
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps({"citations": citations, "seconds": seconds, "cpuSeconds": cpu, "peakMb": used.ru_maxrss / 1024}))
