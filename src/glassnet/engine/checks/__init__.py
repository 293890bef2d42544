"""The door of the engine: arrays, numbers, memory and threads, checked before they enter."""
