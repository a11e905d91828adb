"""What a task is given and how it ends, the same for operators, sensors and triggers."""
