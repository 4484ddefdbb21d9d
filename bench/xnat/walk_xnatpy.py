"""A project as a user of unmodified xnatpy walks it: demographics, dates, UIDs and scans, and with resources their numbers of files."""

import logging

from counting import EVERY, PROJECT, RESOURCES, URL, begin, finish, seen

import xnat

logger = logging.getLogger("walk")
logger.addHandler(logging.NullHandler())
logger.propagate = False
with xnat.connect(URL, user="admin", password="admin", logger=logger) as session:
    subjects = list(session.projects[PROJECT].subjects.values())
    begin()
    for subject in subjects[::EVERY]:
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
                    # counts of this client's resources are empty unless the list is asked for statistics: count the files
                    seen["resources"] += 1
                    seen["files"] += len(resource.files)
finish()
