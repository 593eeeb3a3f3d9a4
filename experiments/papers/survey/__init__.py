"""Elsken, Metzen and Hutter 2019: its taxonomy as a map of iohnas."""

from experiments.papers.survey.page import reproduce_survey as reproduce_survey
