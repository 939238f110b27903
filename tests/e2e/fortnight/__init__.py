"""Two weeks of a support desk on the local Zendesk, and every number of them reckoned anew from its own records."""
