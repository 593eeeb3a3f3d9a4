"""The folder of a study: what is written to it, read from it, checked and repaired."""

from experiments.folder.study_folder import StudyFolder as StudyFolder
