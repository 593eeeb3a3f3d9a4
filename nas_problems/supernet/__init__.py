"""Networks of cells in which every edge may have several operations: a supernet, and its stand-alone networks.

A ``CellSpace`` says which operations may be on which edge, without torch. A ``Backbone`` surrounds the cells
and builds networks: with several candidates per edge a supernet, which computes what a ``Mixture`` says (a
softmax over all operations, a Gumbel one-hot, one sampled path, path dropout); with one candidate per edge a
stand-alone network, which can inherit the supernet's weights.

>>> from nas_problems.supernet.space import NB201
>>> NB201.n_edges, NB201.operations[3]
(6, 'nor_conv_3x3')
"""
