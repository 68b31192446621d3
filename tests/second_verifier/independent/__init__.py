"""A verifier written from sections 4 to 10 of docs/security.md alone. The entry is `verifier.verify`."""
