"""What is the same in every framework: blocks of weights, how a model's parts hang together, and what is told of it."""
