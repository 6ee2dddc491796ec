"""The portal command: set-up, import and export, demo, rehearsal, doctor."""
