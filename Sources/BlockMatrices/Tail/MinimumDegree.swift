// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// An order of elimination that keeps the fill of a symmetric matrix low: approximate minimum degree
/// on the quotient graph.
///
/// At every step the variable with the fewest (approximately) neighbours in the partly eliminated
/// graph is next. An eliminated variable becomes an *element*, the clique of the variables it leaves
/// connected; cliques are kept as lists of members and are never written out as edges. Variables
/// that cannot be told apart are merged.
///
/// Source: Amestoy, Davis & Duff, "An approximate minimum degree ordering algorithm", SIAM Journal
/// on Matrix Analysis and Applications 17 (1996), 886-905.
struct MinimumDegree {
  /// The variables in order of elimination.
  private(set) var order: [Int32] = []

  /// The number of rows that each variable stands for; zero once it is eliminated or merged.
  private var weight: [Int]
  private var remaining: Int

  // The lists of all variables: of each first its elements, then its neighbours. They only shrink:
  // whoever becomes a member of a new element loses an older one or a neighbour.
  private var lists: [Int32]
  private let listStart: [Int]
  private var elementCount: [Int]
  private var neighbourCount: [Int]

  // The members of each element; elements bear the name of their variable.
  private var members: [[Int32]]
  private var elementWeight: [Int]
  private var isAbsorbed: [Bool]

  /// The approximate number of rows outside a variable that it is connected to.
  private var degree: [Int]
  private var buckets: DegreeBuckets

  /// Merged variables: a list that begins with the one they merged into.
  private var nextMerged: [Int32]
  private var lastMerged: [Int32]

  // Marks: a variable or element is marked if its entry is the current stamp.
  private var stamp = 0
  private var variableStamp: [Int]
  private var elementStamp: [Int]
  /// For elements with the current stamp, the rows they have outside the current clique.
  private var outside: [Int]

  /// Where every variable is connected to this share of those that remain, their degrees decide the
  /// order of all. On graphs of workers and firms, shares from 0.4 to 0.6 fill in no more than a search to
  /// the end, mostly less.
  private static let denseShare = 0.55

  /// Additions and multiplications, in pairs, that the factor takes for what is eliminated.
  private var work = 0.0

  /// - Parameter largestWork: a bound of the pairs of additions and multiplications of the factor.
  /// - Returns: `nil` as soon as the factor is found to take more: for the columns eliminated, whose rows
  ///   are known exactly, and for the last clique or a dense remainder, whatever else will be connected.
  init?(_ graph: TailGraph, largestWork: Double = .infinity) {
    let count = graph.levelCount
    weight = graph.weights
    remaining = graph.weights.reduce(0, +)
    lists = graph.neighbours
    listStart = graph.starts
    elementCount = Array(repeating: 0, count: count)
    neighbourCount = (0..<count).map { graph.starts[$0 + 1] - graph.starts[$0] }
    members = Array(repeating: [], count: count)
    elementWeight = Array(repeating: 0, count: count)
    isAbsorbed = Array(repeating: false, count: count)
    degree = (0..<count).map { variable in
      graph[variable].reduce(0) { $0 + graph.weights[Int($1)] }
    }
    buckets = DegreeBuckets(variableCount: count, largestDegree: remaining)
    nextMerged = Array(repeating: -1, count: count)
    lastMerged = (0..<count).map(Int32.init)
    variableStamp = Array(repeating: 0, count: count)
    elementStamp = Array(repeating: 0, count: count)
    outside = Array(repeating: 0, count: count)
    order.reserveCapacity(count)
    for variable in 0..<count { buckets.insert(variable, degree: degree[variable]) }
    while let pivot = buckets.popFirst() {
      if Double(degree[pivot] + weight[pivot]) >= Self.denseShare * Double(remaining) {
        // What remains will soon be dense: the bounds of the degrees meet, and tell no more than those
        // they have now.
        append(pivot)
        while let variable = buckets.popFirst() { append(variable) }
        work += Self.work(columnCount: remaining, rowCount: 0)
        guard work <= largestWork else { return nil }
        break
      }
      let clique = eliminate(pivot)
      guard work + Self.work(columnCount: clique, rowCount: 0) <= largestWork else { return nil }
    }
  }

  /// Appends a variable and all that merged into it to the order.
  private mutating func append(_ variable: Int) {
    var next = Int32(variable)
    while next >= 0 {
      order.append(next)
      next = nextMerged[Int(next)]
    }
  }

  /// The pairs of additions and multiplications of some columns with the same rows below them.
  private static func work(columnCount: Int, rowCount: Int) -> Double {
    let (n, r) = (Double(columnCount), Double(rowCount))
    return n * r * (r + n) + n * n * n / 3
  }

  /// - Returns: the number of rows that stay connected by the elimination.
  private mutating func eliminate(_ pivot: Int) -> Int {
    let before = remaining
    stamp += 1
    variableStamp[pivot] = stamp
    var clique = collectClique(of: pivot)
    remaining -= weight[pivot]
    weight[pivot] = 0
    measureOutside(clique)
    var cliqueWeight = clique.reduce(0) { $0 + weight[Int($1)] }

    var hashes: [(hash: Int, variable: Int32)] = []
    hashes.reserveCapacity(clique.count)
    for member in clique {
      let variable = Int(member)
      let (rest, hash) = updateLists(of: variable, joining: pivot)
      if rest == 0 {
        // Connected to nothing but the clique: to be eliminated together with the pivot.
        cliqueWeight -= weight[variable]
        remaining -= weight[variable]
        merge(variable, into: pivot)
      } else {
        degree[variable] = min(degree[variable], rest)
        hashes.append((hash, member))
      }
    }
    mergeIndistinguishable(&hashes)

    clique.removeAll { weight[Int($0)] == 0 }
    for member in clique {
      let variable = Int(member)
      let others = cliqueWeight - weight[variable]
      degree[variable] = min(degree[variable] + others, remaining - weight[variable])
      buckets.insert(variable, degree: degree[variable])
    }
    members[pivot] = clique
    elementWeight[pivot] = cliqueWeight
    append(pivot)
    work += Self.work(columnCount: before - remaining, rowCount: cliqueWeight)
    return cliqueWeight
  }

  /// The variables that the elimination of a pivot connects. Its elements are absorbed.
  private mutating func collectClique(of pivot: Int) -> [Int32] {
    var clique: [Int32] = []
    let start = listStart[pivot]
    for place in start..<start + elementCount[pivot] {
      let element = Int(lists[place])
      for member in members[element] where weight[Int(member)] > 0 {
        if variableStamp[Int(member)] != stamp {
          variableStamp[Int(member)] = stamp
          clique.append(member)
        }
      }
      isAbsorbed[element] = true
      members[element] = []
    }
    let neighbours = start + elementCount[pivot]
    for place in neighbours..<neighbours + neighbourCount[pivot] {
      let neighbour = Int(lists[place])
      if weight[neighbour] > 0, variableStamp[neighbour] != stamp {
        variableStamp[neighbour] = stamp
        clique.append(Int32(neighbour))
      }
    }
    for member in clique { buckets.remove(Int(member), degree: degree[Int(member)]) }
    return clique
  }

  /// Counts, for every element that meets the clique, its rows outside the clique.
  private mutating func measureOutside(_ clique: [Int32]) {
    let stamp = stamp
    outside.withUnsafeMutableBufferPointer { outside in
      elementStamp.withUnsafeMutableBufferPointer { elementStamp in
        for member in clique {
          let variable = Int(member)
          let start = listStart[variable]
          for place in start..<start + elementCount[variable] {
            let element = Int(lists[place])
            guard !isAbsorbed[element] else { continue }
            if elementStamp[element] != stamp {
              elementStamp[element] = stamp
              outside[element] = elementWeight[element]
            }
            outside[element] -= weight[variable]
          }
        }
      }
    }
  }

  /// Drops from a variable's lists what the clique makes superfluous, and adds the new element.
  /// - Returns: an upper bound of the rows outside the clique it is connected to, and a number that
  ///   variables with equal lists share.
  private mutating func updateLists(of variable: Int, joining pivot: Int) -> (rest: Int, hash: Int)
  {
    let start = listStart[variable]
    let neighbours = start + elementCount[variable]
    let end = neighbours + neighbourCount[variable]
    var rest = 0
    var hash = 0
    var target = start
    for place in start..<neighbours {
      let element = Int(lists[place])
      if isAbsorbed[element] { continue }
      if outside[element] == 0 {
        // A subset of the clique says nothing beyond it.
        isAbsorbed[element] = true
        members[element] = []
        continue
      }
      rest += outside[element]
      hash &+= element
      lists[target] = Int32(element)
      target += 1
    }
    let kept = target - start
    // The new element takes a place that may still hold a neighbour: that one moves to the end.
    var carried: Int32 = -1
    if target == neighbours, neighbours < end { carried = lists[target] }
    lists[target] = Int32(pivot)
    target += 1
    var left = 0
    func keeps(_ neighbour: Int32) -> Bool {
      weight[Int(neighbour)] > 0 && variableStamp[Int(neighbour)] != stamp
    }
    for place in max(neighbours, target)..<max(neighbours, target, end) {
      let neighbour = lists[place]
      guard keeps(neighbour) else { continue }
      rest += weight[Int(neighbour)]
      hash &+= Int(neighbour)
      lists[target + left] = neighbour
      left += 1
    }
    if carried >= 0, keeps(carried) {
      rest += weight[Int(carried)]
      hash &+= Int(carried)
      lists[target + left] = carried
      left += 1
    }
    elementCount[variable] = kept + 1
    neighbourCount[variable] = left
    return (rest, hash)
  }

  private mutating func merge(_ variable: Int, into other: Int) {
    nextMerged[Int(lastMerged[other])] = Int32(variable)
    lastMerged[other] = lastMerged[variable]
    weight[variable] = 0
    members[variable] = []
  }

  /// Merges the members of the clique that have the same elements and neighbours.
  private mutating func mergeIndistinguishable(_ hashes: inout [(hash: Int, variable: Int32)]) {
    hashes.sort { ($0.hash, $0.variable) < ($1.hash, $1.variable) }
    var first = 0
    while first < hashes.count {
      var end = first + 1
      while end < hashes.count, hashes[end].hash == hashes[first].hash { end += 1 }
      for i in first..<end where end - first > 1 {
        let variable = Int(hashes[i].variable)
        guard weight[variable] > 0 else { continue }
        for j in i + 1..<max(i + 1, end) {
          let other = Int(hashes[j].variable)
          guard weight[other] > 0, haveSameLists(variable, other) else { continue }
          weight[variable] += weight[other]
          merge(other, into: variable)
        }
      }
      first = end
    }
  }

  private mutating func haveSameLists(_ a: Int, _ b: Int) -> Bool {
    guard elementCount[a] == elementCount[b], neighbourCount[a] == neighbourCount[b] else {
      return false
    }
    // A stamp of its own: those of the clique are not needed any more.
    stamp += 1
    let elements = listStart[a]..<listStart[a] + elementCount[a]
    for place in elements { elementStamp[Int(lists[place])] = stamp }
    for place in elements.upperBound..<elements.upperBound + neighbourCount[a] {
      variableStamp[Int(lists[place])] = stamp
    }
    let others = listStart[b]..<listStart[b] + elementCount[b]
    return others.allSatisfy { elementStamp[Int(lists[$0])] == stamp }
      && (others.upperBound..<others.upperBound + neighbourCount[b]).allSatisfy {
        variableStamp[Int(lists[$0])] == stamp
      }
  }
}

/// Variables by degree, in doubly linked lists.
private struct DegreeBuckets {
  private var first: [Int32]
  private var next: [Int32]
  private var previous: [Int32]
  private var smallest: Int

  init(variableCount: Int, largestDegree: Int) {
    first = Array(repeating: -1, count: largestDegree + 1)
    next = Array(repeating: -1, count: variableCount)
    previous = Array(repeating: -1, count: variableCount)
    smallest = first.count
  }

  mutating func insert(_ variable: Int, degree: Int) {
    let head = first[degree]
    next[variable] = head
    previous[variable] = -1
    if head >= 0 { previous[Int(head)] = Int32(variable) }
    first[degree] = Int32(variable)
    smallest = min(smallest, degree)
  }

  mutating func remove(_ variable: Int, degree: Int) {
    let after = next[variable]
    let before = previous[variable]
    if after >= 0 { previous[Int(after)] = before }
    if before >= 0 { next[Int(before)] = after } else { first[degree] = after }
  }

  mutating func popFirst() -> Int? {
    while smallest < first.count, first[smallest] < 0 { smallest += 1 }
    guard smallest < first.count else { return nil }
    let variable = Int(first[smallest])
    remove(variable, degree: smallest)
    return variable
  }
}
