"""The commands of ``iohnas``, one file each, found by its name: ``register(app)`` adds the command."""
