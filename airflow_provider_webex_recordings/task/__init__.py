"""What a task is told and how it ends, the same for operators, sensors and triggers."""
