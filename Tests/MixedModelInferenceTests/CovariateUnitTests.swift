// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelFitting
import Testing

@testable import MixedModelInference

/// What is inferred from a generalized model follows the unit of a random slope's covariate. Between
/// units that differ by a power of two, and are held in the same one, digit for digit.
@Suite("Inference and the unit of a covariate")
struct CovariateUnitTests {
  private static let unit = 0x1p24

  private static func model(unit: Double) throws -> GeneralizedLinearMixedModel {
    let table = Dataset.epil.table
    guard case .numeric(let periods)? = table["period"] else {
      Issue.record("the column has another kind")
      throw CancellationError()
    }
    // The largest value is one, or the unit.
    let period = NumericColumn(periods.values.map { $0 / 4 * unit })
    return try .fit(
      "y ~ 1 + lbase + period + (1 + period | subject)",
      data: table.replacing("period", with: .numeric(period)), family: .poisson)
  }

  /// The power of the unit that a quantity has.
  private static func factor(_ quantity: BootstrapQuantity) -> Double {
    switch quantity {
    case .coefficient("period"), .standardError("period"): unit
    case .standardDeviation(groupingFactor: "subject", effect: "period"): unit
    case .theta(2), .theta(3): unit
    default: 1
    }
  }

  @Test("Profiles")
  func profiles() throws {
    let (a, b) = (try Self.model(unit: 1), try Self.model(unit: Self.unit))
    let (first, second) = (try a.profile(points: 2), try b.profile(points: 2))
    #expect(first.parameters == second.parameters)
    #expect(first.curves.count == 6)
    for (curve, other) in zip(first.curves, second.curves) {
      #expect(curve.points.count == other.points.count)
      for (point, scaled) in zip(curve.points, other.points) {
        #expect(scaled.value * Self.factor(curve.parameter) == point.value)
        #expect(scaled.zeta == point.zeta)
        #expect(
          zip(scaled.estimates, first.parameters).map { $0 * Self.factor($1) } == point.estimates)
      }
    }
  }

  @Test("The parametric bootstrap")
  func bootstrap() async throws {
    let (a, b) = (try Self.model(unit: 1), try Self.model(unit: Self.unit))
    let first = try await a.parametricBootstrap(replicates: 4, seed: 7)
    let second = try await b.parametricBootstrap(replicates: 4, seed: 7)
    #expect(first.quantities == second.quantities)
    #expect(first.failures.isEmpty && second.failures.isEmpty)
    for quantity in first.quantities {
      let factor = Self.factor(quantity)
      #expect(second.values(of: quantity)?.map { $0 * factor } == first.values(of: quantity))
    }
  }

  @Test("Leverages, and the model without a level")
  func diagnostics() throws {
    let (a, b) = (try Self.model(unit: 1), try Self.model(unit: Self.unit))
    for (own, other) in zip(try a.leverages(), try b.leverages()) {
      #expect(abs(own - other) < 1e-10)
    }
    let without = try a.refitted(withoutLevel: 3, ofTerm: 0)
    let scaled = try b.refitted(withoutLevel: 3, ofTerm: 0)
    #expect(scaled.objective == without.objective)
    #expect(scaled.theta[2] * Self.unit == without.theta[2])
  }
}
