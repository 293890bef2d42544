"""`ReadableNetworks`: the trained networks of an estimator in readable NumPy."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.estimators.networks.members import member_count, members_of

if TYPE_CHECKING:
    from glassnet.network import Network


class ReadableNetworks:
    """An estimator whose networks can be inspected; subclasses define their layers and settings."""

    _activations: tuple[Any, ...]
    _stack: tuple[Any, ...] | None = None

    @property
    def parts_(self) -> tuple[Any, ...]:
        """The separate models, if networks with different layers are averaged."""
        return ()

    @abstractmethod
    def _layers(self) -> tuple[Any, Any]:
        """Weights and biases of a fitted estimator, with a leading axis for several networks."""

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
        return [self._network(member) for member in range(self._n_members)]

    @property
    def _n_members(self) -> int:
        """How many networks there are."""
        return sum(part._n_members for part in self.parts_) if self.parts_ else member_count(self._layers()[0])

    def _network(self, member: int) -> Network:
        """One of the networks, counted from 0, without building the others."""
        from glassnet.network import Dense, Network

        for part in self.parts_:
            if member < part._n_members:
                return part._network(member)  # type: ignore[no-any-return]
            member -= part._n_members
        settings, parts = self._network_settings(), members_of(*self._layers())[member]
        if self._stack is not None:
            return network_of(self._stack, *parts, **settings)
        layers = [
            Dense(w.shape[0], w.shape[1], a, weights=w, biases=b, **more)
            for w, b, a, more in zip(*parts, self._activations, self._layer_settings(member), strict=True)
        ]
        return Network(layers, **settings).with_mixes(getattr(a, "mixes", None) for a in self._activations_of(member))

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
