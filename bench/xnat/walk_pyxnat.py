"""A project as a user of unmodified pyxnat walks it: demographics, dates, UIDs and scans, and with resources their numbers of files."""

from counting import EVERY, PROJECT, RESOURCES, URL, begin, finish, seen

import pyxnat

central = pyxnat.Interface(server=URL, user="admin", password="admin")
subjects = list(central.select.project(PROJECT).subjects())
begin()
for subject in subjects[::EVERY]:
    seen["subjects"] += 1
    subject.attrs.mget(["gender", "age"])
    for experiment in subject.experiments():
        seen["sessions"] += 1
        experiment.attrs.mget(["date", "UID"])
        for scan in experiment.scans():
            seen["scans"] += 1
            scan.attrs.mget(["type", "UID", "modality", "frames", "series_description"])
            if not RESOURCES:
                continue
            for resource in central._get_json(scan._uri + "/resources?file_stats=true"):
                seen["resources"] += 1
                seen["files"] += int(resource["file_count"])
central.disconnect()
finish()
