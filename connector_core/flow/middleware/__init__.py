"""Policy around the stages, one file each; a stage itself knows none of it."""
