"""Models, batches, step, evaluation, checkpoints, loop. The only place that imports torch at the top."""
