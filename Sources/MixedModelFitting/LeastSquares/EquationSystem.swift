// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

/// What the normal equations of a linear model are solved by.
enum EquationSystem: Sendable {
  /// The Cholesky factor, by its analysis.
  case factor(CholeskyLayout)
  /// Krylov spaces of a Schur complement that is never formed, with random probes of its determinant.
  case schurComplement(BlockLayout, probeCount: Int, seed: UInt64)

  /// The system of cross-products, found as asked for: where no grouping factors are crossed, by the
  /// factor.
  init(_ layout: BlockLayout, _ method: LogDeterminantMethod) {
    if case .stochastic(let probes, let seed) = method, layout.isCrossed {
      self = .schurComplement(layout, probeCount: probes, seed: seed)
    } else {
      self = .factor(CholeskyLayout(layout))
    }
  }

  var matrix: BlockLayout {
    switch self {
    case .factor(let layout): layout.matrix
    case .schurComplement(let matrix, _, _): matrix
    }
  }

  /// The analysis of the factor, if there is to be one.
  var factor: CholeskyLayout? {
    if case .factor(let layout) = self { layout } else { nil }
  }
}

extension BlockLayout {
  /// The number of Krylov spaces for so many probes: each is taken for every effect of the tail.
  func krylovSpaceCount(probes: Int) -> Int {
    probes * terms.dropFirst().reduce(0) { $0 + $1.dimension }
  }
}
