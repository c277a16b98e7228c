// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

extension FitPlan {
  /// How fast a machine is at what fits do, on one thread.
  public struct MachineSpeed: Sendable, Hashable {
    /// Operations per second within dense blocks, by the linear algebra library.
    public var denseRate: Double
    /// Operations per second at scattered places.
    public var scatteredRate: Double
    /// Numbers per second that a pass over the rows takes.
    public var rowRate: Double

    public init(
      denseRate: Double, scatteredRate: Double = Self.standardScatteredRate,
      rowRate: Double = Self.standardRowRate
    ) {
      self.denseRate = denseRate
      self.scatteredRate = scatteredRate
      self.rowRate = rowRate
    }

    /// Half an operation pair per nanosecond or so: entry by entry through an index, mostly from the
    /// cache. Measured on the factors of crossed designs, 10^5 rows, on a server processor of 2023.
    public static let standardScatteredRate = 2e9
    /// Measured on the same machine, in the cross-products of rows and their reweighting.
    public static let standardRowRate = 1.5e8

    /// The speed of such a machine, where none is to be measured.
    public static let standard = MachineSpeed(denseRate: 3e10)

    /// The order of the matrix that is factorized to tell the rate: large enough for the library's
    /// full speed, a few milliseconds of work.
    private static let order = 512
    private static let repetitionCount = 4

    /// The speed of this machine: times the Cholesky factorization of a 512 × 512 matrix and takes
    /// the fastest of four, some ten milliseconds in all. The other rates are the standard ones.
    public static func measured() -> MachineSpeed {
      let clock = ContinuousClock()
      var fastest = Double.infinity
      for _ in 0..<repetitionCount {
        var matrix = [Double](repeating: 0.5, count: order * order)
        for i in 0..<order { matrix[i * (order + 1)] = 1 }
        let duration = clock.measure {
          matrix.withUnsafeMutableBufferPointer { matrix in
            guard let start = matrix.baseAddress else { return }
            _ = choleskyFactorize(start, order: order, leadingDimension: order)
          }
        }
        fastest = min(fastest, duration / .seconds(1))
      }
      let operations = Double(order * order * order) / 3
      return MachineSpeed(denseRate: operations / max(fastest, .leastNormalMagnitude))
    }
  }
}

extension FitPlan.Work {
  /// The seconds of one evaluation with derivatives.
  public func secondsPerEvaluation(_ speed: FitPlan.MachineSpeed) -> Double {
    dense / speed.denseRate
      + (scattered + Self.operationsPerMove * moved) / speed.scatteredRate
      + rowNumbers / speed.rowRate + Self.evaluationOverhead
  }

  /// The seconds from the table to the cross-products.
  public func designSeconds(_ speed: FitPlan.MachineSpeed) -> Double {
    designNumbers / speed.rowRate + designOperations / speed.denseRate
  }

  /// The seconds of the fit, with its design, without reading the data.
  public func expectedSeconds(_ speed: FitPlan.MachineSpeed) -> Double {
    designSeconds(speed)
      + Double(expectedEvaluationCount + 1) * secondsPerEvaluation(speed)
  }

  /// An entry that moves between supernodes is read, its place looked up, and written.
  private static let operationsPerMove = 3.0
  /// What an evaluation takes however small the model is.
  private static let evaluationOverhead = 5e-6
}
