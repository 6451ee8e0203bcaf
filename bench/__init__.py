"""Measuring Patella: judged questions, pools, the training of the state model. Commands, not tests."""
