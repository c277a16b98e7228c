// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// The replicates of a parametric bootstrap: a row of numbers for each simulated response.
///
/// Replicate r depends on the model, the seed and r alone. A sample is an immutable value, and
/// continuing it gives another; see ``Resimulatable/parametricBootstrap(continuing:replicates:threads:onProgress:)``.
///
/// R: the result of `bootMer`. MixedModels.jl: `MixedModelBootstrap`.
public struct BootstrapSample: Sendable {
  /// A replicate that gave no estimates.
  public struct Failure: Sendable, Hashable {
    public let replicate: Int
    public let reason: FailureReason
    /// What happened, as a sentence or two.
    public let message: String
  }

  /// Why a replicate gave no estimates.
  public enum FailureReason: String, Sendable, Hashable, CaseIterable {
    /// No response could be drawn.
    case simulation
    /// The model cannot be identified from the response, as where it is separated.
    case model
    /// The computation broke down.
    case numerical
  }

  public let seed: UInt64
  /// The columns.
  public let quantities: [BootstrapQuantity]
  /// The quantities of the model itself; NaN for a correlation with an effect that does not vary.
  public let estimates: [Double]
  /// The number of each replicate that gave estimates, counted from one, ascending.
  public private(set) var replicates: [Int] = []
  /// Whether each of them has a singular covariance matrix.
  public private(set) var isSingular: [Bool] = []
  /// Whether the fit of each of them converged.
  public private(set) var hasConverged: [Bool] = []
  /// The replicates that gave no estimates, in ascending order.
  public private(set) var failures: [Failure] = []
  /// Row by row, a value for each quantity.
  private var rows: [Double] = []

  init(seed: UInt64, quantities: [BootstrapQuantity], estimates: [Double]) {
    self.seed = seed
    self.quantities = quantities
    self.estimates = estimates
  }

  mutating func append(
    replicate: Int, values: [Double], isSingular: Bool, hasConverged: Bool
  ) {
    replicates.append(replicate)
    rows += values
    self.isSingular.append(isSingular)
    self.hasConverged.append(hasConverged)
  }

  mutating func append(_ failure: Failure) { failures.append(failure) }
}

extension BootstrapSample {
  /// The number of replicates that were drawn, failures included.
  public var replicateCount: Int { replicates.count + failures.count }

  /// The number of replicates with estimates.
  public var count: Int { replicates.count }

  /// The values of a quantity in all replicates with estimates; `nil` if the model has none such.
  /// A correlation with an effect that does not vary is NaN.
  public func values(of quantity: BootstrapQuantity) -> [Double]? {
    quantities.firstIndex(of: quantity).map(values(at:))
  }

  /// The quantity of the model itself, or `nil` if it has none such.
  public func estimate(of quantity: BootstrapQuantity) -> Double? {
    quantities.firstIndex(of: quantity).map { estimates[$0] }
  }

  func values(at column: Int) -> [Double] {
    replicates.indices.map { rows[$0 * quantities.count + column] }
  }

  func row(_ index: Int) -> ArraySlice<Double> {
    rows[index * quantities.count..<(index + 1) * quantities.count]
  }

  /// How many replicates failed for each reason; those without any are left out.
  public var failureCounts: [FailureReason: Int] {
    Dictionary(grouping: failures, by: \.reason).mapValues(\.count)
  }

  /// The share of the replicates with estimates whose covariance matrix is singular.
  public var singularShare: Double {
    count == 0 ? .nan : Double(isSingular.count { $0 }) / Double(count)
  }

  /// What limits the sample, each a sentence.
  public var notes: [String] {
    var notes: [String] = []
    for reason in FailureReason.allCases {
      let failures = failures.filter { $0.reason == reason }
      guard let first = failures.first else { continue }
      notes.append(
        "\(failures.count) of \(replicateCount) replicates failed (\(reason.rawValue)); the first "
          + "of them is replicate \(first.replicate): \(first.message)")
    }
    let unconverged = hasConverged.count { !$0 }
    if unconverged > 0 {
      notes.append("\(unconverged) of \(count) replicates did not converge; they are included.")
    }
    let singular = isSingular.count { $0 }
    if singular > 0 { notes.append("\(singular) of \(count) replicates are singular.") }
    return notes
  }
}
