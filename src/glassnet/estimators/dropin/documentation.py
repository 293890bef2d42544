"""The parameters and attributes that both drop-in estimators share, defined once and inserted into their docstrings."""

from __future__ import annotations

import inspect

PARAMETERS = """
hidden_layer_sizes : int or sequence of int and layer records
    Neurons of each hidden layer; an empty sequence gives a linear model. A layer may be a record with an activation of
    its own, such as ``Convolution(8, 3, "relu")`` or ``MaxPooling(2)``: these look at images.
activation : str, Activation, or list of them
    Of the hidden layers: any registered one (see ``glassnet.activations``), or one per hidden layer.
solver : {"adam", "sgd", "lbfgs"} or any registered optimizer
    ``"sgd"`` is gradient descent with (Nesterov) momentum; ``"lbfgs"`` takes all rows at once and suits small
    tables. Others, for example ``"rmsprop"`` or ``"adamw(weight_decay=0.1)"``, take `momentum`, `beta_1`, ... from
    the parameters of those names unless they are written in brackets.
alpha : float
    Strength of the L2 penalty: ``alpha / 2 * sum W**2``, divided by the number of rows like the loss.
batch_size : int or "auto"
    Rows per step; ``"auto"`` takes 200 or all rows if there are fewer.
learning_rate : str
    Schedule of solver ``"sgd"``: ``"constant"``, ``"invscaling"``, ``"adaptive"`` or a registered one.
learning_rate_init : float
    Step size before the schedule.
power_t : float
    Exponent of ``"invscaling"``.
max_iter : int
    The largest number of epochs (``"lbfgs"``: iterations).
shuffle : bool
    Draw a new order of the rows for each epoch.
random_state : int, RandomState or None
    A whole number below 2**64 gives the same bits each time; None takes a new seed from NumPy.
tol : float
    Smallest improvement of the loss (or validation score) that counts.
verbose : bool
    Print the loss of each epoch.
warm_start : bool
    Let `fit` continue from the current weights.
momentum : float
    Share of the last step that solver ``"sgd"`` keeps.
nesterovs_momentum : bool
early_stopping : bool
    Set rows aside, end when their score stops improving, and keep the weights of the best epoch.
validation_fraction : float
    Share of rows set aside.
beta_1, beta_2, epsilon : float
    Of solver ``"adam"`` and its relatives.
n_iter_no_change : int or inf
    More epochs than this without improvement end the training.
max_fun : int
    The largest number of objective evaluations of solver ``"lbfgs"``.
l1 : float
    Strength of the L1 penalty: ``l1 * sum |W|``, divided by the number of rows.
schedule : str or Schedule, optional
    A registered schedule for any solver, for example ``"cosine"``; replaces `learning_rate`.
n_jobs : int, optional
    Threads; None is one, -1 all. The result has the same bits for any number.
dtype : {"float32", "float64"}, optional
    Precision of training and weights; that of `X` when not given.
dropout : float or sequence of float
    Share of the hidden neurons that each step leaves out at random; a sequence has one share per layer, of which the
    first acts on the inputs. Prediction leaves out nothing.
clip_norm : float, optional
    A gradient (all weights and biases together) that is longer than this is scaled down to it.
n_networks : int
    Networks that are trained side by side from different random numbers; the prediction is the mean of theirs
    (of probabilities, for classes). Costs less than as many fits.
monitor : {"auto", "training_loss", "validation_loss", "validation_score"}
    The quantity that decides about stopping, and about the best epoch. ``"auto"``: the score (accuracy, R2) on
    validation rows where there are any, as in scikit-learn, else the training loss.
restore_best : bool or "auto"
    End with the weights of the best epoch by what is monitored. ``"auto"``: when validation rows are monitored.
    No rows are lost with ``monitor="training_loss"``, or with ``validation_data`` of your own.
callbacks : function, or list of functions, optional
    Called after each epoch with a `glassnet.estimators.Progress`; one that returns False ends the training.
input_shape : (rows, columns) or (rows, columns, channels), optional
    Of the images, for layers that look at images; `X` is flat then, the channels of a pixel next to each other, or of
    shape (n, rows, columns) or (n, rows, columns, channels), which says it, too. More columns of a flat `X` than that
    are further inputs, and enter the first dense layer.
augmentation : str, Augmentation, or list of them, optional
    How images differ from epoch to epoch in training, such as ``["shift(amount=0.1)", "rotation(degrees=10)"]``; see
    `glassnet.formulas.augmentations`. For networks with layers that look at images.
"""

ATTRIBUTES = """
coefs_, intercepts_ : list of array
    Weights (n_in, n_out) and biases (n_out,) of each layer; with `n_networks` above 1 each has a leading axis of
    networks. Those of a convolution are (channels, channels of a kernel, rows, columns) and (channels,), those of a
    pooling empty.
loss_ : float
    The objective of the last epoch; the mean over networks.
best_loss_ : float or None
    The smallest epoch objective; None with early stopping.
loss_curve_ : list of float
    The objective of each epoch; with `n_networks` above 1 a list for each network.
validation_scores_ : list of float or None
    Accuracy or R2 on the validation rows after each epoch, when that is monitored; lists like `loss_curve_`.
validation_loss_curve_ : list of float or None
    The loss on the validation rows after each epoch, when that is monitored.
best_validation_score_ : float or None
stop_reason_ : str, or a list of one per network where they differ
    ``"plateau"`` (nothing to gain), ``"all_epochs"``, ``"callback"``, ``"interrupted"`` or ``"diverged"``.
n_iter_ : int
    Epochs or iterations of the last fit; of the longest, with several networks.
learning_rate_ : float
    Of the last step; not for ``"lbfgs"``.
t_ : int
    Rows seen in all epochs.
n_layers_ : int
    Layers with the input counted.
n_outputs_ : int
out_activation_ : str
    Link from raw to final predictions.
n_features_in_ : int
feature_names_in_ : array
    Column names, when `X` had them.
network_ : glassnet.Network
    The trained network in readable NumPy.
networks_ : list of glassnet.Network
    Each of the `n_networks`.
"""


def documented(estimator: type) -> type:
    """Insert the shared parameters and attributes into a class docstring (class decorator)."""
    text = inspect.cleandoc(estimator.__doc__ or "")
    for mark, shared in (("{parameters}", PARAMETERS), ("{attributes}", ATTRIBUTES)):
        text = text.replace(mark, shared.strip())
    estimator.__doc__ = text
    return estimator
