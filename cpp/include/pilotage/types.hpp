// The vocabulary of the core: dense float64 vectors and matrices, and the arguments functions take.
#pragma once

#include <Eigen/Core>

namespace pilotage {

using Index = Eigen::Index;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;  // column-major; every matrix here is symmetric
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;  // as numpy's
using ConstVectorRef = Eigen::Ref<const Vector>;  // contiguous, never copied
using ConstMatrixRef = Eigen::Ref<const Matrix>;
using ConstRowMatrixRef = Eigen::Ref<const RowMatrix>;
using VectorRef = Eigen::Ref<Vector>;
using MatrixRef = Eigen::Ref<Matrix>;

}  // namespace pilotage
