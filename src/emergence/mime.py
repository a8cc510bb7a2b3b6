"""The names under which figures and live parts travel from a kernel to the site; importing this loads nothing."""

FIGURE = "application/vnd.emergence.figure+json"
LIVE = "application/vnd.emergence.live+json"
