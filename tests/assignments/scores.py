"""Print what nbgrader's gradebook holds: scores by student and cell, and which cells wait for a teacher."""

import json

from nbgrader.api import Gradebook

with Gradebook("sqlite:///gradebook.db") as gradebook:
    grades = {
        submission.student.id: {
            grade.name: "by hand" if grade.needs_manual_grade else grade.auto_score
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
        for submission in gradebook.assignment_submissions("ps1")
    }
print(json.dumps(grades))
