"""The door of the workspace: the numbered feed of each agent."""
