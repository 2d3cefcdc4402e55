"""Tools by which the apps create their demo rows, each in its module or package `demo`; see DemoRows."""
