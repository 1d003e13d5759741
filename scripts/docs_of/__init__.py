"""One module for each page of the reference that is made from the code."""
