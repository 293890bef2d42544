// The objective of a plan over fixed rows and its gradient, in double precision: made once, asked at many points.
#include <mutex>

#include "checks.h"

namespace glassnet {

class Objective {
 public:
  Objective(const PlanSource& plan, double l1, double l2, Array<const double> X, Array<const double> y,
            std::optional<Array<const double>> weight)
      : network_(checked(plan, X, y, weight)), l1_(l1), l2_(l2), data_(data_of<double>(X, y, weight)),
        scratch_(network_.view(), data_.rows, true) {
    for (const auto& array : {X, y}) kept_.push_back(nb::cast(array));
    if (weight) kept_.push_back(nb::cast(*weight));
    double total = static_cast<double>(data_.rows);
    if (weight) {
      total = 0;
      for (long i = 0; i < data_.rows; ++i) total += data_.weight[i];
    }
    factor_ = reduction_factor(plan, total);
    scale_ = !plan.penalty_per_row ? 1.0 : total > 0 ? 1.0 / total : 0.0;
    const auto& view = network_.view();
    for (int l = 0; l < view.layers; ++l) count_ += static_cast<std::size_t>(view.weights[l] + view.sizes[l + 1]);
  }

  // At a point given layer by layer, the weights that are kept, then biases; the gradient comes in the same order.
  nb::tuple at(Array<const double> flat) {
    require(flat.size() == count_, "there must be one number per weight and bias");
    auto result = new_array<double>({count_});
    double objective = 0;
    {
      nb::gil_scoped_release release;
      const std::lock_guard<std::mutex> alone(asked_);  // the scratch is one
      objective = evaluate(flat.data(), result.data());
    }
    return nb::make_tuple(objective, result);
  }

 private:
  static const NetworkSource& checked(const PlanSource& plan, const Array<const double>& X, const Array<const double>& y,
                                      const std::optional<Array<const double>>& weight) {
    check_plan(plan);
    check_size(plan.network);
    require(plan.network.heads == 1 && plan.network.mixed.empty(), "heads and mixes have no gradients here");
    check_rows(X, plan.network.sizes.front(), 0, "X does not fit the plan");
    check_rows(y, plan.network.sizes.back(), static_cast<long>(X.shape(0)), "y does not fit the plan");
    check_weights(weight, X.shape(0), 0);
    return plan.network;
  }

  double evaluate(const double* flat, double* to) {
    const auto& view = network_.view();
    const Buffer<double> parameters = network_.pack(flat);
    double objective = factor_ * active_kernels<double>().batch(view, scratch_.workspace(), parameters.data(),
                                                                Rows<double>{data_.X, data_.y, data_.weight, nullptr, 0, data_.rows, data_.rows}, factor_);
    for (int l = 0; l < view.layers; ++l) {
      const long weights = view.weights[l];
      const double *w = parameters.data() + view.offsets[l], *g = scratch_.workspace().gradient + view.offsets[l];
      double absolute = 0, squares = 0;
      for (long i = 0; i < weights; ++i) {
        absolute += std::abs(w[i]), squares += w[i] * w[i];
        to[i] = g[i] + scale_ * (l1_ * static_cast<double>((w[i] > 0) - (w[i] < 0)) + 2 * l2_ * w[i]);
      }
      std::copy(g + weights, g + weights + view.sizes[l + 1], to + weights);
      objective += scale_ * (l1_ * absolute + l2_ * squares);
      to += weights + view.sizes[l + 1];
    }
    return objective;
  }

  PreparedNetwork<double> network_;
  double l1_, l2_, factor_ = 0, scale_ = 0;
  Data<double> data_;
  Scratch<double> scratch_;
  std::vector<nb::object> kept_;  // the arrays that are read
  std::size_t count_ = 0;
  std::mutex asked_;
};

void bind_objective(nb::module_& m) {
  nb::class_<Objective>(m, "Objective")
      .def(nb::init<const PlanSource&, double, double, Array<const double>, Array<const double>, std::optional<Array<const double>>>(),
           nb::arg("plan"), nb::arg("l1"), nb::arg("l2"), nb::arg("X"), nb::arg("y"), nb::arg("weight").none())
      .def("at", &Objective::at, nb::arg("flat"));
}

}  // namespace glassnet
