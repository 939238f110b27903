"""The Zendesk client: one door to the network; tickets in our own records, the account around them through zenpy."""
