"""`pabal aws`: the pipeline on AWS built, deployed, and looked at."""
