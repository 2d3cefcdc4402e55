"""What the apps make their rows of the demo with. Each app brings them in a module or package `demo`; see DemoRows."""
