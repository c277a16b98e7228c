// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import Testing

struct TransformationTests {
  private func column(_ expression: String, x: [Double]) throws -> [Double] {
    let count = x.count
    let table = try DataTable(
      numeric: ["x": x, "y": (0..<count).map { Double($0 * $0) }],
      categorical: ["g": (0..<count).map { $0 % 2 == 0 ? "a" : "b" }])
    let rows = try learned("y ~ 0 + \(expression) + (1 | g)", table).rows
    return Array(rows.fixedEffects.values)
  }

  @Test(
    "Functions of a column are taken value by value",
    arguments: [
      ("log(x)", [0, 0.69314718055994530942, 1.3862943611198906188]), ("log2(x)", [0, 1, 2]),
      ("log10(x)", [0, 0.30102999566398119521, 0.60205999132796239043]),
      ("log1p(x)", [0.69314718055994530942, 1.0986122886681098, 1.6094379124341003]),
      ("exp(x)", [2.7182818284590452354, 7.3890560989306502272, 54.598150033144239078]),
      ("sqrt(x)", [1, 1.4142135623730950488, 2]), ("abs2(x)", [1, 4, 16]), ("abs(x)", [1, 2, 4]),
      ("I(x^2)", [1, 4, 16]), ("I(2 * x - 1)", [1, 3, 7]), ("I(-x / 4 + x^3)", [0.75, 7.5, 63]),
      ("I(log2(x) * x)", [0, 2, 8]), ("I(2^x)", [2, 4, 16]),
    ])
  func elementwise(expression: String, expected: [Double]) throws {
    // The library functions are accurate to one unit in the last place.
    #expect(largestDifference(try column(expression, x: [1, 2, 4]), expected) < 1e-14)
  }

  @Test("Whole powers of negative numbers are numbers")
  func negativePowers() throws {
    #expect(try column("I(x^3)", x: [-2, 1, 3]) == [-8, 1, 27])
    #expect(try column("I(x^2)", x: [-2, 1, 3]) == [4, 1, 9])
  }

  @Test("center and scale equal R 4.2.2's scale(), the standard deviation over n - 1")
  func centerAndScale() throws {
    let z: [Double] = [1, 2, 3, 4, 5, 6, 7, 9]
    #expect(
      try column("center(x)", x: z)
        == [-3.625, -2.625, -1.625, -0.625, 0.375, 1.375, 2.375, 4.375])
    let reference = [
      -1.3580494267934562, -0.98341510216077865, -0.60878077752810111, -0.23414645289542349,
      0.14048787173725411, 0.51512219636993173, 0.88975652100260927, 1.6390251702679643,
    ]
    #expect(largestDifference(try column("scale(x)", x: z), reference) < 1e-15)
  }

  @Test("poly equals R 4.2.2's poly(x, 3), with its recurrence")
  func polynomials() throws {
    let table = try DataTable(
      numeric: ["x": [1, 2, 4, 7, 11, 16], "y": [1, 2, 3, 4, 5, 7]],
      categorical: ["g": ["a", "b", "a", "b", "a", "b"]])
    let (design, rows) = try learned("y ~ 0 + poly(x, 3) + (1 | g)", table)
    #expect(design.fixedEffectNames == ["poly(x, 3): 1", "poly(x, 3): 2", "poly(x, 3): 3"])
    let reference = [
      -0.45162230233094541, -0.3742013362170693, -0.21935940398931641, 0.0129034943523127,
      0.32258735880781814, 0.70969218937720013, 0.44249767886871011, 0.18964186237230413,
      -0.20544535090332955, -0.5215151215238365, -0.42669419033768435, 0.5215151215238365,
      -0.42220033092074977, 0.084440066184150786, 0.52775041365093589, 0.23221018200641166,
      -0.6544105129271609, 0.23221018200641194,
    ]
    #expect(largestDifference(rows.fixedEffects.values, reference) < 1e-14)
    let call = Expression.call("poly", [.variable("x"), .number(3)])
    guard case .polynomials(let polynomials)? = design.schema.constants[call] else {
      Issue.record("no polynomials were learnt")
      return
    }
    let centers = [6.8333333333333339, 9.8809523809523814, 8.6948051948051930]
    #expect(largestDifference(polynomials.centers, centers) < 1e-13)
    let norms = [1, 6, 166.83333333333337, 2941.71428571428714, 37554.54545454553590]
    #expect(zip(polynomials.squaredNorms, norms).allSatisfy { abs($0 / $1 - 1) < 1e-13 })
  }

  @Test("New rows are transformed with the constants of the fit, as predict(poly(x, 3)) in R")
  func newRows() throws {
    let table = try DataTable(
      numeric: ["x": [1, 2, 4, 7, 11, 16], "y": [1, 2, 3, 4, 5, 7]],
      categorical: ["g": ["a", "b", "a", "b", "a", "b"]])
    let (design, _) = try learned(
      "y ~ 0 + poly(x, 3) + center(x) + scale(x) + (1 | g)", table)
    let new = try DataTable(numeric: ["x": [0, 5]], categorical: ["g": ["b", "new"]])
    let rows = try design.rows(of: new, for: .prediction)
    let reference = [
      -0.52904326844482186, -0.14193843787544005, 0.73222830193750787, -0.34767674768255769,
      -1.1601126870744567, 0.52634307921453327,
    ]
    #expect(largestDifference(Array(rows.fixedEffects.values.prefix(6)), reference) < 1e-14)
    #expect(abs(rows.fixedEffects[0, 3] + 41.0 / 6) < 1e-15 * 41)
    #expect(rows.terms[0].levelCodes == [1, -1])
  }
}
