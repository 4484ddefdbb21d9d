"""What an unmodified xnatpy sees of, and does to, the server at argv[1]. argv[2]: every how many sessions to look inside."""

import gc
import logging
import os
import sys
import tempfile
import zipfile
from urllib.parse import unquote

import xnat

from steps import Steps, expect

URL, EVERY = sys.argv[1], int(sys.argv[2])
SCRATCH = "judge_xnatpy"
KEPT = "kept_xnatpy"  # stays, so that our client can be asked what it sees of it
steps = Steps("xnatpy 0.8.1")
logger = logging.getLogger("judge")
logger.addHandler(logging.NullHandler())
logger.propagate = False
session = steps.run("connect", lambda: xnat.connect(URL, user="admin", password="admin", logger=logger))
if session is None:
    steps.finish()
    sys.exit(0)


def projects():
    return {p.id: {"name": p.name, "description": p.description} for p in session.projects.values() if p.id not in (SCRATCH, KEPT)}


def subjects(project):
    return {s.id: s.label for s in session.projects[project].subjects.values()}


def experiments(project):
    return {e.id: [e.label, e.__xsi_type__] for e in session.projects[project].experiments.values()}


def inside(project):
    """Scans with fields, resources and files of every n-th session."""
    seen = {}
    for subject in list(session.projects[project].subjects.values())[::EVERY]:
        for experiment in subject.experiments.values():
            scans = {}
            for scan in experiment.scans.values():
                scans[scan.id] = {
                    "type": scan.type,
                    "uid": scan.uid,
                    "modality": scan.modality,
                    "frames": scan.frames,
                    "xsiType": scan.__xsi_type__,
                    # a file goes by the path in its address, which stays escaped in this client
                    "resources": {
                        r.label: {"id": r.id, "files": {unquote(f.id): f.digest for f in r.files.values()}}
                        for r in scan.resources.values()
                    },
                }
            seen[experiment.id] = {"date": str(experiment.date) if experiment.date else None, "uid": experiment.uid, "scans": scans}
    return seen


def genders(project):
    chosen = list(session.projects[project].subjects.values())[::EVERY]
    return {s.id: [s.demographics.gender, s.demographics.age] for s in chosen}


known = steps.run("projects", projects) or {}
for one in known:
    steps.run(f"subjects {one}", lambda: subjects(one))
    steps.run(f"experiments {one}", lambda: experiments(one))
    steps.run(f"inside {one}", lambda: inside(one))
    steps.run(f"fields {one}", lambda: genders(one))

if "abide" in known:
    first = lambda: next(iter(session.projects["abide"].subjects.values()))
    steps.run("variables abide", lambda: {first().id: dict(first().fields)})
    steps.run("custom variable definitions", lambda: {k: str(v) for k, v in first().custom_variables["default"].items() if v is not None})

steps.run("keywords", lambda: session.projects["upenn_gbm"].keywords)
steps.run("members upenn_gbm", lambda: sorted(u.login for u in session.projects["upenn_gbm"].users.values()))
steps.run("users", lambda: sorted(session.users))
steps.run("access levels", lambda: session.projects["upenn_gbm"].access_level)
steps.run("tabulate", lambda: [r.label for r in session.projects["cptac_pda"].subjects.tabulate(columns=("ID", "label", "gender"))])
steps.run("filter listing", lambda: [e.id for e in session.projects["cptac_pda"].experiments.filter(xsiType="xnat:petSessionData")])
steps.run("scans of site", lambda: len(session.experiments))
steps.run(
    "search lung_pet_ct_dx",
    lambda: sorted(o.id for o in session.classes.PetSessionData.query().filter(session.classes.PetSessionData.project == "lung_pet_ct_dx").all()),
)
steps.run(
    "search, two constraints",
    lambda: session.classes.PetSessionData.query()
    .filter(session.classes.PetSessionData.project == "lung_pet_ct_dx", session.classes.PetSessionData.modality == "PT")
    .tabulate_dict(),
)
steps.run(
    "search, table",
    lambda: len(session.classes.SubjectData.query().filter(session.classes.SubjectData.project == "cptac_pda").tabulate_dict()),
)
steps.run("prearchive", lambda: len(session.prearchive.sessions()))

# --- writing, in a project of its own
project = steps.run("create project", lambda: session.classes.ProjectData(parent=session, id_=SCRATCH, name=SCRATCH))
subject = steps.run("create subject", lambda: session.classes.SubjectData(parent=session.projects[SCRATCH], label="s1"))
steps.run("set field", lambda: setattr(subject, "group", "patients"))
steps.run("set demographics", lambda: setattr(subject.demographics, "gender", "female"))


def read_back():
    session.clearcache()
    again = session.projects[SCRATCH].subjects["s1"]
    expect(again.group == "patients", f"group is {again.group}")
    expect(again.demographics.gender == "female", f"gender is {again.demographics.gender}")
    return [again.group, again.demographics.gender]


steps.run("read fields back", read_back)
steps.run("set custom variable", lambda: subject.fields.__setitem__("Handy", "yes"))
steps.run("read custom variable", lambda: session.clearcache() or session.projects[SCRATCH].subjects["s1"].fields["handy"])
mr = steps.run("create session", lambda: session.classes.MrSessionData(parent=session.projects[SCRATCH].subjects["s1"], label="e1"))
steps.run("set date", lambda: setattr(mr, "date", __import__("datetime").date(2024, 1, 2)))
scan = steps.run("create scan", lambda: session.classes.MrScanData(parent=session.projects[SCRATCH].subjects["s1"].experiments["e1"], id="7", type="T1w"))
resource = steps.run("create resource", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].scans["7"].create_resource("NIFTI"))
folder = tempfile.mkdtemp()
path = os.path.join(folder, "a.txt")
with open(path, "w") as out:
    out.write("written by xnatpy\n")
steps.run("upload file", lambda: resource.upload(path, "a.txt"))
steps.run("upload data", lambda: resource.upload_data(b"bytes", "deep/b c.bin", overwrite=True))


def files():
    session.clearcache()
    listed = session.projects[SCRATCH].subjects["s1"].experiments["e1"].scans["7"].resources["NIFTI"].files
    return {f.id: [f.file_size, f.digest] for f in listed.values()}


steps.run("list files", files)


def download():
    file = session.projects[SCRATCH].subjects["s1"].experiments["e1"].scans["7"].resources["NIFTI"].files["a.txt"]
    target = os.path.join(folder, "back.txt")
    file.download(target, verbose=False)
    with open(target) as back:
        text = back.read()
    expect(text == "written by xnatpy\n", text)
    expect(file.verify_digest() if hasattr(file, "verify_digest") else True, "digest")
    return text


steps.run("download file", download)
steps.run("file size by HEAD", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].scans["7"].resources["NIFTI"].files["a.txt"].size)
updir = os.path.join(folder, "updir")
os.makedirs(os.path.join(updir, "sub"))
for name in ("one.txt", "sub/two.txt"):
    with open(os.path.join(updir, name), "w") as out:
        out.write(name)
steps.run("upload directory", lambda: resource.upload_dir(updir, overwrite=True))
steps.run("list uploaded directory", lambda: sorted(files()))
steps.run("download directory", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].scans["7"].resources["NIFTI"].download_dir(os.path.join(folder, "down"), verbose=False) and None)
steps.run("download session", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].download_dir(os.path.join(folder, "down2"), verbose=False))
archive = os.path.join(folder, "import.zip")
with zipfile.ZipFile(archive, "w") as z:
    z.writestr("scans/3/x.dcm", "not really DICOM")
steps.run(
    "import",
    lambda: session.services.import_(archive, project=SCRATCH, subject="s2", experiment="imported", overwrite="delete").label,
)
steps.run("create assessor", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].create_assessor("qc1", type_="xnat:qcManualAssessorData").label)
steps.run("share subject", lambda: session.projects[SCRATCH].subjects["s1"].share("cptac_pda", label="shared_s1"))
steps.run("see share", lambda: sorted(s.label for s in session.projects["cptac_pda"].subjects.values() if s.label.startswith("shared")))
steps.run("issue token", lambda: bool(session.services.issue_token().secret))
# Deleting walks every listing that is still alive, those below what was just deleted too: let go of them first.
del subject, mr, scan, resource
session.clearcache()
gc.collect()
steps.run("delete file", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].scans["7"].resources["NIFTI"].files["a.txt"].delete())
steps.run("delete resource", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].scans["7"].resources["NIFTI"].delete())
session.clearcache()
gc.collect()
steps.run("delete session", lambda: session.projects[SCRATCH].subjects["s1"].experiments["e1"].delete())
steps.run("delete subject", lambda: session.projects[SCRATCH].subjects["s1"].delete())
steps.run("delete project", lambda: session.projects[SCRATCH].delete())


def gone():
    session.clearcache()
    expect(SCRATCH not in session.projects, "project is still there")
    return True


steps.run("deleted project is gone", gone)


def keep():
    """A project, subject, session, scan and files that stay."""
    session.classes.ProjectData(parent=session, id_=KEPT, name="Kept by xnatpy")
    subject = session.classes.SubjectData(parent=session.projects[KEPT], label="k1")
    subject.demographics.gender = "male"
    kept = session.classes.MrSessionData(parent=subject, label="k1_mr")
    kept.date = __import__("datetime").date(2024, 2, 29)
    scan = session.classes.MrScanData(parent=kept, id="4", type="T2w", series_description="kept")
    scan.create_resource("NIFTI").upload(path, "kept.txt")
    session.clearcache()


steps.run("keep a project", keep)
steps.run(f"subjects {KEPT}", lambda: subjects(KEPT))
steps.run(f"experiments {KEPT}", lambda: experiments(KEPT))
steps.run(f"inside {KEPT}", lambda: inside(KEPT))
steps.run(f"fields {KEPT}", lambda: genders(KEPT))
steps.run("disconnect", session.disconnect)
steps.finish()
