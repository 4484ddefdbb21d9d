"""A project as a user of unmodified xnatpy walks it: demographics, dates, UIDs and scans, and with resources their counts and sizes."""

import logging

from counting import EVERY, PROJECT, RESOURCES, URL, finish, seen

import xnat

logger = logging.getLogger("walk")
logger.addHandler(logging.NullHandler())
logger.propagate = False
with xnat.connect(URL, user="admin", password="admin", logger=logger) as session:
    for subject in list(session.projects[PROJECT].subjects.values())[::EVERY]:
        seen["subjects"] += 1
        _ = subject.label, subject.demographics.gender, subject.demographics.age
        for experiment in subject.experiments.values():
            seen["sessions"] += 1
            _ = experiment.label, experiment.date, experiment.uid
            for scan in experiment.scans.values():
                seen["scans"] += 1
                _ = scan.id, scan.type, scan.uid, scan.modality, scan.frames, scan.series_description
                if not RESOURCES:
                    continue
                for resource in scan.resources.values():
                    seen["resources"] += 1
                    seen["files"] += int(resource.file_count or 0)
                    seen["bytes"] += int(resource.file_size or 0)
finish()
