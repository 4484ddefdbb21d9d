"""What an unmodified pyxnat sees of, and does to, the server at argv[1]. argv[2]: every how many sessions to look inside."""

import os
import sys
import tempfile
import zipfile
from urllib.parse import unquote

import pyxnat

from steps import Steps, expect

URL, EVERY = sys.argv[1], int(sys.argv[2])
SCRATCH = "judge_pyxnat"
KEPT = "kept_pyxnat"  # stays, so that our client can be asked what it sees of it
steps = Steps("pyxnat 1.6.4")
central = steps.run("connect", lambda: pyxnat.Interface(server=URL, user="admin", password="admin"))
if central is None:
    steps.finish()
    sys.exit(0)
steps.seen["connect"] = True


def rows(path):
    return central._get_json(path)


def subjects(project):
    return {r["ID"]: r["label"] for r in rows(f"/data/projects/{project}/subjects?columns=ID,label")}


def experiments(project):
    table = central.array.experiments(project_id=project, columns=["label", "xsiType"])
    return {r["ID"]: [r["label"], r["xsiType"]] for r in table.data}


def inside(project):
    seen = {}
    for subject in list(central.select.project(project).subjects())[::EVERY]:
        for experiment in subject.experiments():
            scans = {}
            for scan in experiment.scans():
                kind, uid, modality, frames = scan.attrs.mget(["type", "UID", "modality", "frames"])
                resources = {}
                for resource in scan.resources():
                    # file.attributes() reads the whole list once per file: take the list itself
                    files = {unquote(f["path"]): f["digest"] for f in central._get_json(resource._uri + "/files")}
                    resources[resource.label()] = {"id": resource.id(), "files": files}
                scans[scan.id()] = {
                    "type": kind,
                    "uid": uid or None,
                    "modality": modality or None,
                    "frames": int(frames) if frames else None,
                    "xsiType": scan.datatype(),
                    "resources": resources,
                }
            # By short names: pyxnat picks columns by resemblance and takes "ID" for the XPath that ends in "UID".
            date, uid = experiment.attrs.mget(["date", "UID"])
            seen[experiment.id()] = {"date": date or None, "uid": uid or None, "scans": scans}
    return seen


steps.run("version", lambda: central.version()["version"])
known = steps.run("projects", lambda: [p for p in central.select.projects().get() if p not in (SCRATCH, KEPT)]) or []
for one in known:
    steps.run(f"subjects {one}", lambda: subjects(one))
    steps.run(f"experiments {one}", lambda: experiments(one))
    steps.run(f"inside {one}", lambda: inside(one))

pda = central.select.project("cptac_pda")
steps.run("project exists", lambda: expect(pda.exists(), "missing"))
steps.run("project attribute", lambda: pda.attrs.get("xnat:projectData/name"))
steps.run("accessibility", lambda: pda.accessibility().decode())
steps.run("members cptac_pda", lambda: sorted(pda.users()))
steps.run("project owners", lambda: pda.owners())
steps.run("user role", lambda: pda.user_role("admin"))
steps.run("subject ids", lambda: len(pda.subjects().get()))
steps.run("subject gender", lambda: pda.subject(pda.subjects().get()[0]).attrs.get("gender"))
steps.run("last modified", lambda: len(pda.last_modified()))
steps.run("array of sessions", lambda: len(central.array.experiments(project_id="cptac_pda").data))
steps.run("array of MR sessions", lambda: len(central.array.mrsessions(project_id="cptac_pda").data))
steps.run("array of scans", lambda: len(central.array.scans(project_id="cptac_pda").data))
steps.run("array of MR scans", lambda: len(central.array.mrscans(project_id="cptac_pda").data))
steps.run("array, columns of scans", lambda: sorted(central.array.scans(project_id="cptac_pda", columns=["xnat:imageScanData/UID"]).data[0]))
steps.run("data types", lambda: central.inspect.datatypes())
steps.run("data fields", lambda: central.inspect.datatypes("xnat:mrSessionData", "*"))
steps.run(
    "search lung_pet_ct_dx",
    lambda: sorted(
        r["session_id"]
        for r in central.select("xnat:petSessionData", ["xnat:petSessionData/SESSION_ID", "xnat:petSessionData/PROJECT"])
        .where([("xnat:petSessionData/PROJECT", "=", "lung_pet_ct_dx"), "AND"])
        .data
    ),
)
steps.run(
    "search of subjects",
    lambda: len(
        central.select("xnat:subjectData", ["xnat:subjectData/SUBJECT_ID", "xnat:subjectData/PROJECT"])
        .where([("xnat:subjectData/PROJECT", "=", "cptac_pda"), "AND"])
        .data
    ),
)
steps.run(
    "search with OR",
    lambda: len(
        central.select("xnat:subjectData", ["xnat:subjectData/SUBJECT_ID"])
        .where([("xnat:subjectData/PROJECT", "=", "cptac_pda"), ("xnat:subjectData/PROJECT", "=", "cptac_ccrcc"), "OR"])
        .data
    ),
)
steps.run("select by path", lambda: len(central.select("/projects/cptac_pda/subjects/*").get()))
steps.run(
    "select by path of a type",
    lambda: len(central.select("//experiments").where([("xnat:petSessionData/PROJECT", "=", "cptac_pda"), "AND"]).get()),
)
steps.run("missing subject", lambda: expect(not pda.subject("nobody").exists(), "exists"))

# --- writing, in a project of its own
project = central.select.project(SCRATCH)
steps.run("create project", lambda: project.create() and None)
steps.run("created project exists", lambda: expect(project.exists(), "missing"))
subject = project.subject("s1")
steps.run("create subject", lambda: subject.create() and None)
steps.run("set attribute", lambda: subject.attrs.set("gender", "female"))
steps.run("get attribute", lambda: subject.attrs.get("gender"))
steps.run("set custom variable", lambda: subject.attrs.set("xnat:subjectData/fields/field[name=handy]/field", "yes"))
steps.run("get custom variable", lambda: subject.attrs.get("xnat:subjectData/fields/field[name=handy]/field"))
experiment = subject.experiment("e1")
steps.run("create session", lambda: experiment.create(experiments="xnat:mrSessionData") and None)
steps.run("session type", lambda: experiment.datatype())
scan = experiment.scan("7")
steps.run("create scan", lambda: scan.create(scans="xnat:mrScanData") and None)
steps.run("set scan attributes", lambda: scan.attrs.mset({"type": "T1w", "quality": "usable"}))
steps.run("get scan attributes", lambda: scan.attrs.mget(["type", "quality"]))
folder = tempfile.mkdtemp()
path = os.path.join(folder, "a.txt")
with open(path, "w") as out:
    out.write("written by pyxnat\n")
file = scan.resource("NIFTI").file("a.txt")
steps.run("upload file", lambda: file.put(path, format="TXT", content="text", tags="judge", overwrite=True))
steps.run("file attributes", lambda: file.attributes())
steps.run("file exists", lambda: expect(file.exists(), "missing"))
steps.run("file size", lambda: file.size())


def download():
    with open(file.get(os.path.join(folder, "back.txt"))) as back:
        text = back.read()
    expect(text == "written by pyxnat\n", text)
    return text


steps.run("download file", download)
steps.run("download copy", lambda: os.path.getsize(file.get_copy(os.path.join(folder, "copy.txt"))))
updir = os.path.join(folder, "updir")
os.makedirs(updir)
for name in ("one.txt", "two.txt"):
    with open(os.path.join(updir, name), "w") as out:
        out.write(name)
steps.run("upload directory", lambda: scan.resource("DIR").put_dir(updir))
steps.run("list uploaded directory", lambda: sorted(scan.resource("DIR").files().get()))
archive = os.path.join(folder, "up.zip")
with zipfile.ZipFile(archive, "w") as z:
    z.writestr("z.txt", "zipped")
steps.run("upload zip", lambda: scan.resource("ZIP").put_zip(archive, extract=True))
steps.run("list uploaded zip", lambda: sorted(scan.resource("ZIP").files().get()))
steps.run("download resource", lambda: bool(scan.resource("DIR").get(folder)))
steps.run("download scans", lambda: bool(experiment.scans().download(folder, type="ALL", extract=False)))
steps.run("create assessor", lambda: experiment.assessor("qc1").create(assessors="xnat:qcManualAssessorData") and None)
steps.run("list assessors", lambda: len(experiment.assessors().get()))
steps.run("session XML", lambda: experiment.get().decode()[:60])
steps.run("XPath in session XML", lambda: experiment.xpath("//xnat:scan/@ID"))
steps.run("share subject", lambda: subject.share("cptac_pda"))
steps.run("see share", lambda: subject.shares().get())
steps.run("end share", lambda: subject.unshare("cptac_pda"))
steps.run("set accessibility", lambda: project.set_accessibility("public") and None)
steps.run("delete file", lambda: file.delete() and None)
steps.run("deleted file is gone", lambda: expect(not scan.resource("NIFTI").file("a.txt").exists(), "still there"))
steps.run("delete resource", lambda: scan.resource("DIR").delete())
steps.run("delete scan", lambda: scan.delete())
steps.run("delete session", lambda: experiment.delete())
steps.run("delete subject", lambda: subject.delete())
steps.run("delete project", lambda: project.delete())
steps.run("deleted project is gone", lambda: expect(not project.exists(), "still there"))


def keep():
    """A project, subject, session, scan and files that stay."""
    kept = central.select.project(KEPT)
    kept.create()
    kept.subject("k1").create()
    kept.subject("k1").attrs.set("gender", "male")
    session = kept.subject("k1").experiment("k1_mr")
    session.create(experiments="xnat:mrSessionData")
    session.attrs.set("xnat:mrSessionData/date", "2024-02-29")
    scan = session.scan("4")
    scan.create(scans="xnat:mrScanData")
    scan.attrs.set("type", "T2w")
    scan.resource("NIFTI").file("kept.txt").put(path)


steps.run("keep a project", keep)
steps.run(f"subjects {KEPT}", lambda: subjects(KEPT))
steps.run(f"experiments {KEPT}", lambda: experiments(KEPT))
steps.run(f"inside {KEPT}", lambda: inside(KEPT))
steps.run("disconnect", lambda: central.disconnect())
steps.finish()
