"""The Grafana dashboard of docs/examples."""
