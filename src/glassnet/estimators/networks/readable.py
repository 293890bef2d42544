"""`Opened`: the trained networks of an estimator in readable NumPy."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.estimators.networks.members import members_of

if TYPE_CHECKING:
    from glassnet.network import Network


class Opened:
    """An estimator whose networks can be opened; it says which layers and settings they have."""

    _activations: tuple[Any, ...]
    _stack: tuple[Any, ...] | None = None

    @property
    def parts_(self) -> tuple[Any, ...]:
        """Models of their own, where networks of several layers are averaged."""
        return ()

    @abstractmethod
    def _layers(self) -> tuple[Any, Any]:
        """Weights and biases of a fitted estimator, several networks with a leading axis."""

    @abstractmethod
    def _network_settings(self) -> dict[str, Any]:
        """Loss, penalties and seed, as `glassnet.Network` takes them."""

    @property
    def network_(self) -> Network:
        """The trained network in readable NumPy: a `glassnet.Network` with float64 copies of the weights."""
        networks = self.networks_
        if len(networks) > 1:
            raise AttributeError(
                f"This {type(self).__name__} averages {len(networks)} networks. Open one of them, networks_[0], or "
                f"train a single one: {type(self).__name__}(n_networks=1)."
            )
        return networks[0]

    @property
    def networks_(self) -> list[Network]:
        """The trained networks in readable NumPy, one for each of `n_networks`."""
        from glassnet.network import Dense, Network

        if self.parts_:
            return [network for part in self.parts_ for network in part.networks_]
        settings = self._network_settings()
        if self._stack is not None:
            return [network_of(self._stack, *parts, **settings) for parts in members_of(*self._layers())]
        return [
            Network(
                [
                    Dense(w.shape[0], w.shape[1], a, weights=w, biases=b, **more)
                    for w, b, a, more in zip(*parts, self._activations, self._layer_settings(m), strict=True)
                ],
                **settings,
            ).with_mixes(getattr(a, "mixes", None) for a in self._activations_of(m))
            for m, parts in enumerate(members_of(*self._layers()))
        ]

    def _activations_of(self, _member: int) -> tuple[Any, ...]:
        """The activations of one network."""
        return self._activations

    def _layer_settings(self, _member: int) -> list[dict[str, Any]]:
        """Further arguments of `glassnet.Dense` for each layer."""
        return [{}] * len(self._activations)


def network_of(layers: Any, weights: Any, biases: Any, **settings: Any) -> Network:
    """A network of layers of any kind, with float64 copies of weights and biases."""
    from glassnet.network import Network

    network = Network(layers, **settings)
    network.weights, network.biases = (
        [np.array(part, dtype=np.float64) for part in parts] for parts in (weights, biases)
    )
    return network
