"""The demo: the main job from an empty directory to the report, on real parts."""
