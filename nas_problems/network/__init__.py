"""Architectures: from the codes of a search space to torch modules. Most modules need torch; ``protocol``,
``shape`` and ``skeleton`` do not.

A *plain* network is an ordinary ``torch.nn.Module``; a *stack* trains several of them as one module
that gives the logits of all, with weights of their own, and computes the same numbers faster.
"""
