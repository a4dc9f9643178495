"""Runs functions: sandboxes, environments, pools; speaks the Lambda Runtime API."""
