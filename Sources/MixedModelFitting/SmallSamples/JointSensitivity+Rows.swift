// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

extension JointSensitivity {
  /// The derivatives of the mean squared error of each row's combination, one per change, row after row;
  /// a term without level in a row adds nothing.
  ///
  /// Equal rows share everything, rows with the same levels the solutions with the factor. A right-hand
  /// side serves one set of levels in each part of the data that shares no row with the others.
  /// - Complexity: O(n (p + Σ k)² m), and for each distinct set of levels in the part with the most of
  ///   them as many solutions as its rows differ in random effects, Σ k at most. With one grouping
  ///   factor or nested ones this is linear in the data; with crossed ones every distinct set costs.
  package func slopes(of rows: DesignRows) -> [[Double]] {
    let patterns = RowPatterns(rows)
    var slopes = [[Double]](repeating: [], count: patterns.count)
    let sets = LevelSets(rows, patterns.firstRows, components, effectUnits: effectUnits)
    for place in sets.patternsWithoutLevels {
      let x = estimableColumns(of: rows, row: patterns.firstRows[place])
      slopes[place] = fixedDerivatives.map { $0.quadraticForm(x) }
    }
    for round in sets.rounds(order: layout.randomCount) {
      let count = round.reduce(0) { max($0, $1.column + $1.vectors.count) }
      var z = [Double](repeating: 0, count: layout.randomCount * count)
      for set in round {
        for (offset, vector) in set.vectors.enumerated() {
          for effects in vector {
            let shape = layout.terms[effects.term]
            for (i, value) in effects.values.enumerated() {
              let place = shape.start + effects.level * shape.dimension + i
              z[place * count + set.column + offset] = value
            }
          }
        }
      }
      let images = images(of: z, count: count)
      for set in round {
        let forms = quadraticForms(set, images, count: count)
        let carried = set.vectors.map { self.carried($0) }
        for row in set.rows {
          var u = estimableColumns(of: rows, row: patterns.firstRows[row.pattern])
          for (weight, carried) in zip(row.weights, carried) where weight != 0 {
            for l in u.indices { u[l] -= weight * carried[l] }
          }
          slopes[row.pattern] = forms.indices.map { change in
            let form = forms[change]
            var sum = form.inner.quadraticForm(row.weights)
            for (c, weight) in row.weights.enumerated() where weight != 0 {
              for l in u.indices { sum -= 2 * weight * form.cross[c, l] * u[l] }
            }
            return dispersion * sum + fixedDerivatives[change].quadraticForm(u)
          }
        }
      }
    }
    return patterns.patternOfRow.map { slopes[Int($0)] }
  }

  private func estimableColumns(of rows: DesignRows, row: Int) -> [Double] {
    estimable.map { rows.fixedEffects[row, $0] }
  }

  /// For each change B, `v'(I ⊗ B)v` for all pairs of a set's images v, and `v'(I ⊗ B)S`.
  private func quadraticForms(
    _ set: LevelSets.Element, _ images: [Double], count: Int
  ) -> [(inner: Matrix, cross: Matrix)] {
    let rank = fixed.rank
    let vectorCount = set.vectors.count
    return changes.map { change in
      let shape = layout.terms[change.term]
      let k = shape.dimension
      var inner = Matrix(rowCount: vectorCount, columnCount: vectorCount)
      var cross = Matrix(rowCount: vectorCount, columnCount: rank)
      var moved = [Double](repeating: 0, count: k)
      for part in set.parts {
        for level in components.levels(ofTerm: change.term, inPart: part) {
          let first = shape.start + Int(level) * k
          for c in 0..<vectorCount {
            let column = set.column + c
            for i in 0..<k {
              moved[i] = 0
              for j in 0..<k {
                moved[i] += change.matrix[i, j] * images[(first + j) * count + column]
              }
            }
            for i in 0..<k where moved[i] != 0 {
              for other in 0..<vectorCount {
                inner[c, other] += moved[i] * images[(first + i) * count + set.column + other]
              }
              for l in 0..<rank {
                cross[c, l] += moved[i] * fixed.values[(first + i) * rank + l]
              }
            }
          }
        }
      }
      return (inner, cross)
    }
  }
}

extension Matrix {
  /// `x'Ax`.
  package func quadraticForm(_ x: [Double]) -> Double {
    var sum = 0.0
    for (j, right) in x.enumerated() where right != 0 {
      for (i, left) in x.enumerated() { sum += left * self[i, j] * right }
    }
    return sum
  }
}

/// The distinct sets of levels among some rows, and the order in which their systems are solved.
private struct LevelSets {
  /// The rows that have the same levels.
  struct Element {
    /// The vectors z of which those of the rows are combinations.
    let vectors: [[LevelEffects]]
    /// The parts of the data to which the levels belong.
    let parts: [Int]
    /// Each distinct row with its weights of the vectors.
    let rows: [(pattern: Int, weights: [Double])]
    /// The place of the first vector among those that are solved for together.
    var column = 0
  }

  private var elements: [Element] = []
  private(set) var patternsWithoutLevels: [Int] = []
  private let partCount: Int

  /// So many right-hand sides are solved for together, or as many as a set has vectors: enough for
  /// products of matrices, and fewer where they would take much memory.
  private static let columnCount = 64
  private static let valueCount = 1 << 22

  /// - Parameter firstRows: one row per pattern.
  init(
    _ rows: DesignRows, _ firstRows: [Int], _ components: LevelComponents,
    effectUnits: [EffectUnits]
  ) {
    partCount = components.count
    var places: [[Int32]: Int] = [:]
    var members: [[Int]] = []
    for (pattern, row) in firstRows.enumerated() {
      let codes = rows.terms.map { $0.levelCodes[row] }
      guard codes.contains(where: { $0 >= 0 }) else {
        patternsWithoutLevels.append(pattern)
        continue
      }
      if let place = places[codes] {
        members[place].append(pattern)
      } else {
        places[codes] = members.count
        members.append([pattern])
      }
    }
    for patterns in members {
      let first = firstRows[patterns[0]]
      let terms = rows.terms.indices.filter { rows.terms[$0].levelCodes[first] >= 0 }
      let effectCount = terms.reduce(0) { $0 + rows.terms[$1].dimension }
      var parts: [Int] = []
      for term in terms {
        let part = components.part(term: term, level: Int(rows.terms[term].levelCodes[first]))
        if !parts.contains(part) { parts.append(part) }
      }
      func effects(ofRow row: Int) -> [LevelEffects] {
        terms.map { term in
          LevelEffects(
            term: term, level: Int(rows.terms[term].levelCodes[row]),
            values: rows.terms[term].covariates(ofRow: row, in: effectUnits[term]))
        }
      }
      // Few rows are solved for as they are, many as combinations of one vector per effect.
      if patterns.count <= effectCount {
        elements.append(
          Element(
            vectors: patterns.map { effects(ofRow: firstRows[$0]) }, parts: parts,
            rows: patterns.indices.map { place in
              (patterns[place], patterns.indices.map { $0 == place ? 1 : 0 })
            }))
      } else {
        elements.append(
          Element(
            vectors: effects(ofRow: first).flatMap { level in
              level.values.indices.map { effect in
                [
                  LevelEffects(
                    term: level.term, level: level.level,
                    values: level.values.indices.map { $0 == effect ? 1 : 0 })
                ]
              }
            }, parts: parts,
            rows: patterns.map { ($0, effects(ofRow: firstRows[$0]).flatMap(\.values)) }))
      }
    }
  }

  /// The sets in batches; those of a batch that touch the same part have columns of their own.
  /// - Parameter order: the length of a right-hand side.
  func rounds(order: Int) -> [[Element]] {
    let usual = min(Self.columnCount, Self.valueCount / max(1, order))
    let width = elements.reduce(max(1, usual)) { max($0, $1.vectors.count) }
    var next = [Int](repeating: 0, count: partCount)
    var rounds: [[Element]] = []
    for var element in elements {
      let size = element.vectors.count
      var place = element.parts.reduce(0) { max($0, next[$1]) }
      if place % width + size > width { place = (place / width + 1) * width }
      for part in element.parts { next[part] = place + size }
      let round = place / width
      element.column = place % width
      while rounds.count <= round { rounds.append([]) }
      rounds[round].append(element)
    }
    return rounds
  }
}
