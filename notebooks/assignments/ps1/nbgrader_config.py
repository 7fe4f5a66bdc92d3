"""Settings of this course for nbgrader, which knows no TypeScript by itself."""

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "gradlens"

# What stands where a solution was. It throws, so that an unanswered problem earns nothing.
c.ClearSolutions.code_stub = {
    "typescript": '// YOUR CODE HERE\nthrow new Error("no answer yet");',
}

# An answer that never ends is interrupted; the cells after it still run and are graded.
c.Execute.timeout = 60
c.Execute.interrupt_on_timeout = True
# The kernel reads its settings, and tfjs, before the first cell: leave it time on a slow machine.
c.Execute.startup_timeout = 120
