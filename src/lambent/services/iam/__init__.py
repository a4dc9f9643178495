"""Identity and Access Management: roles, users, groups and the policies they have."""
