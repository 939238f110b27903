"""Is everything right? One line for each thing that has to be, with what to do where it is not."""
