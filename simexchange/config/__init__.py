"""What a person types, or writes in a file, as values the other rooms can use."""
