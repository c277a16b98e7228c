// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting
import Testing

struct ContrastCodingTests {
  private let levels = ["A", "B", "C", "D"]

  @Test("Dummy coding has the indicators of every level but the base")
  func dummy() throws {
    let first = try DummyCoding().contrasts(of: "f", levels: levels)
    #expect(first.columnNames == ["B", "C", "D"])
    #expect(first.matrix.values == [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    let other = try DummyCoding(base: "C").contrasts(of: "f", levels: levels)
    #expect(other.columnNames == ["A", "B", "D"])
    #expect(other.matrix.values == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1])
  }

  @Test("Effects coding with the last level as base equals R 4.2.2's contr.sum(4)")
  func effectsLast() throws {
    let coded = try ContrastSpecification(parsing: "effects:last").coding
      .contrasts(of: "f", levels: levels)
    #expect(coded.columnNames == ["A", "B", "C"])
    #expect(coded.matrix.values == [1, 0, 0, -1, 0, 1, 0, -1, 0, 0, 1, -1])
  }

  @Test("Effects coding takes the first level as base")
  func effectsFirst() throws {
    let coded = try EffectsCoding().contrasts(of: "f", levels: levels)
    #expect(coded.columnNames == ["B", "C", "D"])
    #expect(coded.matrix.values == [-1, 1, 0, 0, -1, 0, 1, 0, -1, 0, 0, 1])
  }

  @Test("Helmert coding equals R 4.2.2's contr.helmert(4)")
  func helmert() throws {
    let coded = try HelmertCoding().contrasts(of: "f", levels: levels)
    #expect(coded.columnNames == ["B", "C", "D"])
    #expect(coded.matrix.values == [-1, 1, 0, 0, -1, -1, 2, 0, -1, -1, -1, 3])
  }

  @Test("Sequential differences equal contr.sdif(4) of MASS in R 4.2.2")
  func sequentialDifferences() throws {
    let coded = try SequentialDifferenceCoding().contrasts(of: "f", levels: levels)
    #expect(coded.columnNames == ["B", "C", "D"])
    #expect(
      coded.matrix.values == [
        -0.75, 0.25, 0.25, 0.25, -0.5, -0.5, 0.5, 0.5, -0.25, -0.25, -0.25, 0.75,
      ])
  }

  @Test("Polynomial coding equals R 4.2.2's contr.poly(5)")
  func polynomial() throws {
    let coded = try PolynomialCoding().contrasts(of: "f", levels: levels + ["E"])
    #expect(coded.columnNames == [".L", ".Q", ".C", "^4"])
    let reference = [
      -0.63245553203367588, -0.31622776601683777, 0, 0.31622776601683783, 0.63245553203367577,
      0.53452248382484879, -0.2672612419124244, -0.53452248382484868, -0.2672612419124244,
      0.53452248382484879, -0.31622776601683777, 0.63245553203367577, 0, -0.63245553203367577,
      0.31622776601683783, 0.11952286093343928, -0.47809144373375756, 0.71713716560063634,
      -0.47809144373375728, 0.11952286093343928,
    ]
    // R's own values are symmetric to 4e-16 only.
    #expect(largestDifference(coded.matrix.values, reference) < 1e-14)
  }

  @Test("Polynomial coding stays orthonormal for many levels")
  func polynomialOfManyLevels() throws {
    let matrix = try PolynomialCoding().contrasts(of: "f", levels: (0..<60).map { "\($0)" }).matrix
    for i in 0..<matrix.columnCount {
      for j in 0...i {
        let product = zip(matrix.column(i), matrix.column(j)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test("Full coding has one indicator per level")
  func full() throws {
    let coded = try FullCoding().contrasts(of: "f", levels: levels)
    #expect(coded.columnNames == levels)
    #expect(coded.matrix == .identity(4))
  }

  @Test("A level called last is a base of its own")
  func levelNamedLast() throws {
    let coded = try DummyCoding(base: "last").contrasts(of: "f", levels: ["last", "middle", "z"])
    #expect(coded.columnNames == ["middle", "z"])
  }

  @Test("A coding of the user's own takes its place beside the built-in ones")
  func customCoding() throws {
    struct Halves: ContrastCoding {
      static let name = "halves"
      init?(base: String?) {
        guard base == nil else { return nil }
      }
      func contrasts(of column: String, levels: [String]) -> ContrastMatrix {
        let values = levels.indices.map { $0 < levels.count / 2 ? -0.5 : 0.5 }
        return ContrastMatrix(
          columnNames: ["upper half"],
          matrix: Matrix(rowCount: levels.count, columnCount: 1, values: values))
      }
    }
    let coding = try #require(Halves(base: nil))
    let result = try learned(
      "y ~ 1 + b + (1 | g)", smallTable(),
      options: DesignOptions(contrasts: ["b": ContrastSpecification(coding)]))
    #expect(result.design.fixedEffectNames == ["(Intercept)", "b: upper half"])
    #expect(
      Array(result.rows.fixedEffects.column(1)) == [-0.5, 0.5, 0.5, -0.5, 0.5, 0.5, -0.5, 0.5])
  }

  @Test("Unknown codings and bases are refused with what would be accepted")
  func errors() throws {
    #expect(throws: MixedModelError.self) { try ContrastSpecification(named: "sum") }
    #expect(
      text { () throws(MixedModelError) in _ = try ContrastSpecification(named: "efects") }
        == "There is no contrast coding \"efects\". Did you mean \"effects\"? "
        + "Codings: dummy, effects, helmert, seqdiff, polynomial, full.")
    #expect(
      text { () throws(MixedModelError) in _ = try ContrastSpecification(parsing: "helmert:B") }
        == "The contrast coding helmert has no base level, and \"B\" is given as one. "
        + "Codings with a base: dummy, effects.")
    #expect(
      text { () throws(MixedModelError) in
        _ = try DummyCoding(base: "b").contrasts(of: "f", levels: ["A", "B"])
      }
        == "The base level \"b\" of the contrasts of \"f\" is not a level there. "
        + "Did you mean \"B\"? Accepted: first, last, \"A\", \"B\".")
  }

  private func text(_ body: () throws(MixedModelError) -> Void) -> String {
    do throws(MixedModelError) {
      try body()
      return ""
    } catch {
      return error.description
    }
  }
}
