"""Distillation: the predictions of larger networks as targets."""
